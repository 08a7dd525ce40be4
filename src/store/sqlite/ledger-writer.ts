/**
 * The transactions of the ledger in SQLite. Balances are read, judged and written inside one transaction that
 * holds the write lock, so that they are exact whatever else writes.
 */
import { type Budget, periodAt, softUnits, usedAt } from '../../keys/budget.ts';
import { type Balance, budgetTime, shortfallOf } from '../balance.ts';
import type {
  Notice,
  ReservationAnswer,
  ReservationOutcome,
  ReservationRequest,
  Shortfall,
} from '../ledger-store.ts';
import { recordTypes } from '../ledger-store.ts';
import type { Connection, Row } from './connection.ts';
import type { FlatSettlement } from './flat-settlement.ts';
import { budgetState } from './rows.ts';

const budgetColumns = `reserved, budget_units, budget_period, budget_zone, budget_soft_percent, budget_used,
  budget_start, budget_told`;

/** Amounts stop here: larger ones could not be read back. */
const safeMax = Number.MAX_SAFE_INTEGER;

const sql = {
  key: `SELECT id, name, remain_quota AS left_units, unlimited_quota, used_quota, accessed_at, ${budgetColumns}
    FROM keys WHERE id = ?`,
  account: `SELECT id, username AS name, quota AS left_units, unlimited_quota, used_quota, request_count,
    ${budgetColumns} FROM accounts WHERE id = ?`,
  writeKey: `UPDATE keys SET remain_quota = ?, used_quota = ?, reserved = ?, budget_used = ?, budget_start = ?,
    budget_told = ?, accessed_at = ? WHERE id = ?`,
  writeAccount: `UPDATE accounts SET quota = ?, used_quota = ?, reserved = ?, budget_used = ?, budget_start = ?,
    budget_told = ?, request_count = ? WHERE id = ?`,
  reserve: `INSERT INTO reservations (request_id, account_id, key_id, units, created_at) VALUES (?, ?, ?, ?, ?)`,
  unreserve: 'DELETE FROM reservations WHERE request_id = ? RETURNING units',
  record: `INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO NOTHING`,
  content: `INSERT INTO contents (request_id, key_id, sealed, expires_at) SELECT ?1, id, ?3, ?4 FROM keys
    WHERE id = ?2`,
  hour: `INSERT INTO hourly (account_id, hour, key_id, model, requests, errors, units, input_tokens, output_tokens)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      requests = requests + excluded.requests, errors = errors + excluded.errors,
      units = min(units + excluded.units, ${safeMax}),
      input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens`,
  notice: `INSERT INTO notices (kind, account_id, key_id, name, period, period_start, period_end, used,
      budget_units, threshold_units, created_at, next_attempt_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  heldSums: `SELECT count(*) AS requests, CAST(min(total(units), ${safeMax}) AS INTEGER) AS units
    FROM reservations`,
  releaseKeys: 'UPDATE keys SET reserved = 0 WHERE id IN (SELECT key_id FROM reservations)',
  releaseAccounts: 'UPDATE accounts SET reserved = 0 WHERE id IN (SELECT account_id FROM reservations)',
  releaseAll: 'DELETE FROM reservations',
} as const;

/** A key or an account inside a transaction; written back at its end when it changed. */
interface Holder extends Balance {
  readonly kind: 'key' | 'account';
  readonly id: number;
  readonly name: string;
  left: number;
  used: number;
  reserved: number;
  budgetUsed: number;
  budgetStart: number;
  /** Start of the period in which it was told that the budget is used up. */
  told: number;
  /** Of a key: when it was last used. Of an account: how many requests it made. */
  mark: number;
  changed: boolean;
}

interface Hour {
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

/** What one transaction has read and is about to write. */
class Draft {
  readonly notices: Notice[] = [];
  readonly #db: Connection;
  readonly #keys = new Map<number, Holder | undefined>();
  readonly #accounts = new Map<number, Holder | undefined>();
  readonly #hours = new Map<string, Hour>();

  constructor(connection: Connection) {
    this.#db = connection;
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
    const row = this.#db.get(kind === 'key' ? sql.key : sql.account, id);
    const holder = row && holderOf(kind, row);
    known.set(id, holder);
    return holder;
  }

  hour(settlement: FlatSettlement): Hour {
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
  notice(kind: Notice['kind'], holder: Holder, budget: Budget, accountId: number, at: number): void {
    const period = periodAt(budget, at);
    const fields = {
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
    };
    const { id } = this.#db.one(sql.notice, ...Object.values(fields), at);
    this.notices.push({ ...fields, id: id as number, attempts: 0, nextAttemptAt: at });
  }

  write(): void {
    for (const holder of [...this.#keys.values(), ...this.#accounts.values()]) {
      if (!holder?.changed) continue;
      const { left, used, reserved, budgetUsed, budgetStart, told, mark, id } = holder;
      const statement = holder.kind === 'key' ? sql.writeKey : sql.writeAccount;
      this.#db.run(statement, left, used, reserved, budgetUsed, budgetStart, told, mark, id);
    }
    for (const hour of this.#hours.values()) this.#db.run(sql.hour, ...Object.values(hour));
  }
}

function holderOf(kind: Holder['kind'], row: Row): Holder {
  return {
    kind,
    id: row.id as number,
    name: row.name as string,
    left: row.left_units as number,
    unlimited: row.unlimited_quota === 1,
    used: row.used_quota as number,
    reserved: row.reserved as number,
    ...budgetState(row, ''),
    told: row.budget_told as number,
    mark: (kind === 'key' ? row.accessed_at : row.request_count) as number,
    changed: false,
  };
}

/** As `LedgerStore.reserve`. */
export function reserve(db: Connection, requests: readonly ReservationRequest[]): ReservationAnswer {
  return db.transaction(() => {
    const draft = new Draft(db);
    const outcomes = requests.map((request) => reserveOne(db, draft, request));
    draft.write();
    return { outcomes, notices: draft.notices };
  });
}

function reserveOne(db: Connection, draft: Draft, request: ReservationRequest): ReservationOutcome {
  const { requestId, accountId, keyId, units, at } = request;
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
  db.run(sql.reserve, requestId, accountId, keyId, held, at);
  for (const holder of [key, account]) {
    holder.reserved += held;
    holder.changed = true;
  }
  return 'held';
}

/** A budget that refuses because of what it holds for running requests is not used up yet. */
function tellUsedUp(draft: Draft, shortfall: Shortfall, holder: Holder, accountId: number, at: number): void {
  const { budget, held } = shortfall;
  if (!budget || held > 0) return;
  tellHard(draft, holder, budget, accountId, budgetTime(holder, at));
}

function tellHard(draft: Draft, holder: Holder, budget: Budget, accountId: number, at: number): void {
  const { start } = periodAt(budget, at);
  if (holder.told === start) return;
  holder.told = start;
  holder.changed = true;
  draft.notice('budget.hard', holder, budget, accountId, at);
}

/** As `LedgerStore.settle`. */
export function settle(db: Connection, settlements: readonly FlatSettlement[]): readonly Notice[] {
  return db.transaction(() => {
    const draft = new Draft(db);
    for (const settlement of settlements) settleOne(db, draft, settlement);
    draft.write();
    return draft.notices;
  });
}

/** Which balances the units of a record were drawn from, as a bit each. */
const drawnFrom = { key: 1, account: 2 } as const;

function settleOne(db: Connection, draft: Draft, settlement: FlatSettlement): void {
  const { requestId, type, createdAt, accountId, keyId, model, units, detail } = settlement;
  const key = draft.key(keyId);
  const account = draft.account(accountId);
  if (settlement.reserved) release(db, requestId, [key, account]);
  const isConsumption = type === recordTypes.consume;
  const drawn =
    (isConsumption && key && !key.unlimited ? drawnFrom.key : 0) +
    (isConsumption && account && !account.unlimited ? drawnFrom.account : 0);
  const isNew = db.run(sql.record, requestId, type, createdAt, accountId, keyId, model, units, drawn, detail);
  if (isNew === 0) return;
  const { sealedContent, contentExpiresAt } = settlement;
  if (sealedContent) db.run(sql.content, requestId, keyId, sealedContent, contentExpiresAt);
  const hour = draft.hour(settlement);
  if (!isConsumption) {
    if (type === recordTypes.error) hour.errors += 1;
    return;
  }
  hour.requests += 1;
  hour.units = Math.min(hour.units + units, safeMax);
  hour.inputTokens += settlement.inputTokens;
  hour.outputTokens += settlement.outputTokens;
  if (key) {
    key.mark = Math.max(key.mark, createdAt);
    charge(draft, key, accountId, units, createdAt);
  }
  if (account) {
    account.mark += 1;
    charge(draft, account, accountId, units, createdAt);
  }
}

function release(db: Connection, requestId: string, holders: readonly (Holder | undefined)[]): void {
  const units = db.get(sql.unreserve, requestId)?.units;
  if (typeof units !== 'number') return;
  for (const holder of holders) {
    if (!holder) continue;
    holder.reserved -= units;
    holder.changed = true;
  }
}

function charge(draft: Draft, holder: Holder, accountId: number, units: number, createdAt: number): void {
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
  if (after >= budget.units) tellHard(draft, holder, budget, accountId, at);
}

/** As `LedgerStore.releaseReservations`. */
export function releaseReservations(db: Connection): { requests: number; units: number } {
  return db.transaction(() => {
    const { requests, units } = db.one(sql.heldSums);
    db.run(sql.releaseKeys);
    db.run(sql.releaseAccounts);
    db.run(sql.releaseAll);
    return { requests: requests as number, units: units as number };
  });
}
