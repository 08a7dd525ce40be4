/** Counts records by stretches of time. Pure. */
import { recordTypes } from '../domain/accounting/terms.ts';
import type { Row } from './columns.ts';
import type { RecordSlot } from './ledger-store.ts';

export class SlotCounter {
  readonly #width: number;
  readonly #slots = new Map<number, RecordSlot>();

  /** @param width in seconds */
  constructor(width: number) {
    this.#width = width;
  }

  /** @param row with `created_at`, `type` and `units` */
  add(row: Row): void {
    const [createdAt, type, units] = [Number(row.created_at), Number(row.type), Number(row.units)];
    const isConsumption = type === recordTypes.consume;
    if (!isConsumption && type !== recordTypes.error) return;
    this.addSlot({
      at: createdAt - (createdAt % this.#width),
      requests: isConsumption ? 1 : 0,
      errors: isConsumption ? 0 : 1,
      units: isConsumption ? units : 0,
    });
  }

  /** Adds what was counted of a stretch of time. */
  addSlot({ at, requests, errors, units }: RecordSlot): void {
    const known = this.#slots.get(at) ?? { requests: 0, errors: 0, units: 0 };
    this.#slots.set(at, {
      at,
      requests: known.requests + requests,
      errors: known.errors + errors,
      units: known.units + units,
    });
  }

  /** Newest first. */
  get slots(): readonly RecordSlot[] {
    return [...this.#slots.values()].sort((a, b) => b.at - a.at);
  }
}
