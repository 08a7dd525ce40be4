/** Adds settled records to hourly totals. Pure. */
import { safeMax } from './amounts.ts';
import type { HolderRef } from './holder.ts';
import { recordTypes } from './terms.ts';

export const hourSeconds = 3600;

/** The hour that a time lies in: when it begins. */
export const hourOf = (seconds: number): number => seconds - (seconds % hourSeconds);

/** What a batch adds to the totals of an hour. */
export interface Hour {
  readonly holders: readonly HolderRef[];
  readonly hour: number;
  readonly model: string;
  requests: number;
  errors: number;
  units: number;
  inputTokens: number;
  outputTokens: number;
}

/** What hourly totals count of a record. */
export interface HourlyCharge {
  readonly type: number;
  readonly createdAt: number;
  readonly holders: readonly HolderRef[];
  readonly model: string;
  readonly units: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export class HourlyTotals {
  readonly #hours = new Map<string, Hour>();

  add(charge: HourlyCharge): void {
    const hour = this.#hourOf(charge);
    if (charge.type === recordTypes.error) hour.errors += 1;
    if (charge.type !== recordTypes.consume) return;
    hour.requests += 1;
    hour.units = Math.min(hour.units + charge.units, safeMax);
    hour.inputTokens += charge.inputTokens;
    hour.outputTokens += charge.outputTokens;
  }

  /** One for each hour, model and list of holders. */
  all(): readonly Hour[] {
    return [...this.#hours.values()];
  }

  #hourOf({ holders, model, createdAt }: HourlyCharge): Hour {
    const hour = hourOf(createdAt);
    let name = `${hour} ${model}`;
    for (const { kind, id } of holders) name += ` ${kind} ${id}`;
    const known = this.#hours.get(name);
    if (known) return known;
    const added = { holders, hour, model, requests: 0, errors: 0, units: 0, inputTokens: 0, outputTokens: 0 };
    this.#hours.set(name, added);
    return added;
  }
}
