/**
 * Applies a batch of reservations or settlements to balances, budgets and hourly totals, for both engines. An engine
 * reads rows through `LedgerPort` and writes what changed.
 */
import { type Budget, periodAt, softUnits, usedAt } from '../budget.ts';
import { type Balance, budgetTime, shortfallOf } from './balance.ts';
import type { BudgetAlert, ReservationOutcome, ReservationRequest, Shortfall } from './terms.ts';
import { recordTypes } from './terms.ts';

/** Amounts stop here: larger ones could not be read back. */
export const safeMax = Number.MAX_SAFE_INTEGER;

/** A key or an account while a batch is worked on; written back at its end when it changed. */
export interface Holder extends Balance {
  readonly kind: 'key' | 'account';
  readonly id: number;
  readonly name: string;
  left: number;
  used: number;
  reserved: number;
  budgetUsed: number;
  budgetStart: number;
  /** Start of the period in which it was told that the budget is used up. */
  notifiedPeriod: number;
  /** Of a key: when it was last used. Of an account: how many requests it made. */
  lastUsedAt: number;
  changed: boolean;
}

/** What is added to the totals of an hour. */
export interface Hour {
  readonly accountId: number;
  readonly hour: number;
  readonly keyId: number;
  readonly model: string;
  requests: number;
  errors: number;
  units: number;
  inputTokens: number;
  outputTokens: number;
}

/** A notice that is not written yet. */
export type NewBudgetAlert = Omit<BudgetAlert, 'id' | 'attempts' | 'nextAttemptAt'>;

/** What is judged of a settlement. */
export interface SettledCharge {
  readonly requestId: string;
  readonly type: number;
  readonly createdAt: number;
  readonly accountId: number;
  readonly keyId: number;
  readonly model: string;
  readonly units: number;
  readonly reserved: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** An engine inside one transaction, which nothing else changes the same rows beside. */
export interface LedgerPort<Settled extends SettledCharge> {
  /** Asked once for each. @returns undefined when it is gone */
  holder(kind: Holder['kind'], id: number): Holder | undefined;
  /** @param held the units that are really held */
  insertReservation(request: ReservationRequest, held: number): void;
  /** @returns the units it held; undefined = there was none */
  removeReservation(requestId: string): number | undefined;
  /** @returns false when there is a record of this request already */
  insertRecord(settlement: Settled, drawn: number): boolean;
  /** Keeps what went in and out, if the settlement has it and the key exists. */
  insertContent(settlement: Settled): void;
}

/** What one transaction has read and is about to write. */
export class LedgerBatch<Settled extends SettledCharge> {
  readonly port: LedgerPort<Settled>;
  readonly notices: NewBudgetAlert[] = [];
  readonly #keys = new Map<number, Holder | undefined>();
  readonly #accounts = new Map<number, Holder | undefined>();
  readonly #hours = new Map<string, Hour>();

  constructor(port: LedgerPort<Settled>) {
    this.port = port;
  }

  key(id: number): Holder | undefined {
    return this.#holder('key', this.#keys, id);
  }

  account(id: number): Holder | undefined {
    return this.#holder('account', this.#accounts, id);
  }

  #holder(kind: Holder['kind'], known: Map<number, Holder | undefined>, id: number): Holder | undefined {
    const found = known.get(id);
    if (found || known.has(id)) return found;
    const holder = this.port.holder(kind, id);
    known.set(id, holder);
    return holder;
  }

  hour(settlement: SettledCharge): Hour {
    const { accountId, keyId, model, createdAt } = settlement;
    const hour = createdAt - (createdAt % 3600);
    const name = `${accountId} ${hour} ${keyId} ${model}`;
    const known = this.#hours.get(name);
    if (known) return known;
    const zero = { requests: 0, errors: 0, units: 0, inputTokens: 0, outputTokens: 0 };
    const fresh = { accountId, hour, keyId, model, ...zero };
    this.#hours.set(name, fresh);
    return fresh;
  }

  /** Tells that a threshold of the holder's budget was passed. */
  notice(kind: BudgetAlert['kind'], holder: Holder, budget: Budget, accountId: number, at: number): void {
    const period = periodAt(budget, at);
    this.notices.push({
      kind,
      accountId,
      keyId: holder.kind === 'key' ? holder.id : 0,
      name: holder.name,
      period: budget.period,
      periodStart: period.start,
      periodEnd: period.end,
      used: usedAt(holder, at),
      budgetUnits: budget.units,
      thresholdUnits: kind === 'budget.soft' ? softUnits(budget) : budget.units,
      createdAt: at,
    });
  }

  /** Keys and accounts that must be written back. */
  changed(): Holder[] {
    const all = [...this.#keys.values(), ...this.#accounts.values()];
    return all.filter((holder): holder is Holder => holder?.changed === true);
  }

  hours(): Iterable<Hour> {
    return this.#hours.values();
  }
}

/** A notice as it is when it was just written. */
export function storedAlert(notice: NewBudgetAlert, id: number): BudgetAlert {
  return { ...notice, id, attempts: 0, nextAttemptAt: notice.createdAt };
}

/** Judges one request for room. */
export function reserveOne(draft: LedgerBatch<never>, request: ReservationRequest): ReservationOutcome {
  const { accountId, keyId, units, at } = request;
  const key = draft.key(keyId);
  const account = draft.account(accountId);
  if (!key || !account) return 'gone';
  const shortfall = shortfallOf('account', account, units, at) ?? shortfallOf('key', key, units, at);
  if (shortfall) {
    tellUsedUp(draft, shortfall, shortfall.limit === 'key_budget' ? key : account, accountId, at);
    return shortfall;
  }
  // Only bounds that nobody can pay come near this; what is unlimited takes them, and must stay countable.
  const held = Math.min(units, safeMax - Math.max(key.reserved, account.reserved));
  draft.port.insertReservation(request, held);
  for (const holder of [key, account]) {
    holder.reserved += held;
    holder.changed = true;
  }
  return 'held';
}

type AnyBatch = Pick<LedgerBatch<never>, 'notice'>;

/** A budget that refuses because of what it holds for running requests is not used up yet. */
function tellUsedUp(
  draft: AnyBatch,
  shortfall: Shortfall,
  holder: Holder,
  accountId: number,
  at: number,
): void {
  const { budget, held } = shortfall;
  if (!budget || held > 0) return;
  alertHard(draft, holder, budget, accountId, budgetTime(holder, at));
}

function alertHard(draft: AnyBatch, holder: Holder, budget: Budget, accountId: number, at: number): void {
  const { start } = periodAt(budget, at);
  if (holder.notifiedPeriod === start) return;
  holder.notifiedPeriod = start;
  holder.changed = true;
  draft.notice('budget.hard', holder, budget, accountId, at);
}

/** Which balances the units of a record were drawn from, as a bit each. */
const chargedBits = { key: 1, account: 2 } as const;

/** The bits of a record that is settled now. @param key, account undefined = gone */
export function chargedTo(type: number, key: Balance | undefined, account: Balance | undefined): number {
  if (type !== recordTypes.consume) return 0;
  return (
    (key && !key.unlimited ? chargedBits.key : 0) + (account && !account.unlimited ? chargedBits.account : 0)
  );
}

/** Carries out one settlement. */
export function settleOne<Settled extends SettledCharge>(
  draft: LedgerBatch<Settled>,
  settlement: Settled,
): void {
  const { requestId, type, createdAt, accountId, units } = settlement;
  const key = draft.key(settlement.keyId);
  const account = draft.account(accountId);
  if (settlement.reserved) release(draft.port.removeReservation(requestId), [key, account]);
  if (!draft.port.insertRecord(settlement, chargedTo(type, key, account))) return;
  draft.port.insertContent(settlement);
  const hour = draft.hour(settlement);
  if (type !== recordTypes.consume) {
    if (type === recordTypes.error) hour.errors += 1;
    return;
  }
  hour.requests += 1;
  hour.units = Math.min(hour.units + units, safeMax);
  hour.inputTokens += settlement.inputTokens;
  hour.outputTokens += settlement.outputTokens;
  if (key) {
    key.lastUsedAt = Math.max(key.lastUsedAt, createdAt);
    charge(draft, key, accountId, units, createdAt);
  }
  if (account) {
    account.lastUsedAt += 1;
    charge(draft, account, accountId, units, createdAt);
  }
}

function release(units: number | undefined, holders: readonly (Holder | undefined)[]): void {
  if (units === undefined) return;
  for (const holder of holders) {
    if (!holder) continue;
    holder.reserved -= units;
    holder.changed = true;
  }
}

function charge(draft: AnyBatch, holder: Holder, accountId: number, units: number, createdAt: number): void {
  if (!holder.unlimited) holder.left = Math.max(holder.left - units, -safeMax);
  holder.used = Math.min(holder.used + units, safeMax);
  holder.changed = true;
  const { budget } = holder;
  if (!budget) return;
  const at = budgetTime(holder, createdAt);
  const before = usedAt(holder, at);
  const after = Math.min(before + units, safeMax);
  const soft = softUnits(budget);
  holder.budgetUsed = after;
  holder.budgetStart = periodAt(budget, at).start;
  if (before < soft && soft <= after && soft < budget.units) {
    draft.notice('budget.soft', holder, budget, accountId, at);
  }
  if (after >= budget.units) alertHard(draft, holder, budget, accountId, at);
}
