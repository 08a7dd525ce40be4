/**
 * Plans how the records of a filter are found: the index that gives them in their order, the times to search, and the
 * conditions that each row is read for. Every plan uses an index and sorts nothing.
 */

import { hourOf, hourSeconds } from '../../domain/accounting/hourly.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { endOfTime, type Span } from '../hourly-sums.ts';
import type { RecordFilter } from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import type { Connection, Value } from './connection.ts';
import { globOf } from './glob.ts';

export interface RecordPlan {
  /** `FROM records INDEXED BY …  WHERE …`, up to the conditions on the index that are always the same. */
  readonly source: string;
  readonly values: readonly Value[];
  /** Conditions that the index cannot decide, each beginning with ` AND `; '' = there are none. */
  readonly rest: string;
  readonly restValues: readonly Value[];
  /** Newest first. */
  readonly spans: readonly Span[];
  /** The record that the results come after. */
  readonly after: Position;
}

/** The position of a record in the order: by time, then by id, both falling. */
export interface Position {
  readonly at: number;
  readonly id: number;
}

/** Newest first. */
export const inOrder = 'ORDER BY created_at DESC, id DESC';
/** To follow `source`; its values are those of `betweenValues`. */
export const between = 'AND created_at >= ? AND created_at <= ? AND (created_at, id) < (?, ?)';

export function betweenValues(span: Span, after: Position): readonly Value[] {
  return [span.from, Math.min(span.to, after.at), after.at, after.id];
}

export const planSql = {
  position: 'SELECT created_at, account_id, key_id FROM records WHERE id = ?',
  byRequest: 'FROM records WHERE request_id = ?',
  byKey: 'FROM records INDEXED BY records_by_key WHERE key_id = ?',
  byAccount: 'FROM records INDEXED BY records_by_account WHERE account_id = ?',
  byTime: 'FROM records INDEXED BY records_by_time WHERE true',
  accountId: 'SELECT id FROM accounts WHERE username = ?',
  hoursOfAccount: 'SELECT DISTINCT hour FROM hourly WHERE account_id = ?1 AND hour >= ?2 AND hour <= ?3',
  hours: 'SELECT DISTINCT hour FROM hourly INDEXED BY hourly_by_hour WHERE hour >= ?2 AND hour <= ?3',
} as const;

/** The type is written out, so that SQLite sees that the partial indexes fit. */
function otherSource(type: number, byAccount: boolean): string {
  const [index, account] = byAccount
    ? ['other_records_by_account', 'account_id = ? AND ']
    : ['other_records_by_time', ''];
  return `FROM records INDEXED BY ${index} WHERE type <> 2 AND ${account}type = ${type}`;
}

/** @returns undefined when there can be no such record */
export function planFor(connection: Connection, given: RecordFilter): RecordPlan | undefined {
  const filter = withAccount(connection, given);
  if (!filter) return undefined;
  const after = startOf(connection, filter);
  if (!after) return undefined;
  const { source, values, used } = sourceOf(filter);
  const conditions = conditionsOf(filter).filter(([name]) => !used.includes(name));
  return {
    source,
    values,
    rest: conditions.map(([, sql]) => ` AND ${sql}`).join(''),
    restValues: conditions.flatMap(([, , ...rest]) => rest),
    spans: spansOf(connection, filter),
    after,
  };
}

/** The name of an existing account is replaced by its id; other names are searched in the records. */
export function withAccount(connection: Connection, filter: RecordFilter): RecordFilter | undefined {
  const { username, accountId } = filter;
  if (username === undefined) return filter;
  const found = connection.get(planSql.accountId, username)?.id;
  if (typeof found !== 'number') return filter;
  if (accountId !== undefined && accountId !== found) return undefined;
  return { ...filter, username: undefined, accountId: found };
}

function startOf(connection: Connection, filter: RecordFilter): Position | undefined {
  const { beforeId, accountId, keyId } = filter;
  if (beforeId === undefined) return { at: endOfTime, id: Number.MAX_SAFE_INTEGER };
  // Retention removes the oldest records first: after a removed one there are none.
  const row = connection.get(planSql.position, beforeId);
  // A record of another holder counts as removed: its time must not be revealed.
  const isOfOthers =
    (accountId !== undefined && row?.account_id !== accountId) ||
    (keyId !== undefined && row?.key_id !== keyId);
  const at = row?.created_at;
  return typeof at === 'number' && !isOfOthers ? { at, id: beforeId } : undefined;
}

type Source = Pick<RecordPlan, 'source' | 'values'> & { readonly used: readonly (keyof RecordFilter)[] };

function sourceOf({ requestId, type, accountId, keyId }: RecordFilter): Source {
  if (requestId !== undefined) return { source: planSql.byRequest, values: [requestId], used: ['requestId'] };
  if (type !== undefined && type !== recordTypes.consume) {
    const source = otherSource(type, accountId !== undefined);
    return { source, values: accountId === undefined ? [] : [accountId], used: ['type', 'accountId'] };
  }
  if (keyId !== undefined) return { source: planSql.byKey, values: [keyId], used: ['keyId'] };
  if (accountId !== undefined) {
    return { source: planSql.byAccount, values: [accountId], used: ['accountId'] };
  }
  return { source: planSql.byTime, values: [], used: [] };
}

type Condition = readonly [keyof RecordFilter, string, ...Value[]];

function conditionsOf(filter: RecordFilter): Condition[] {
  const { accountId, keyId, type, model, keyName, username, group, channelId, requestId, responseId } =
    filter;
  return [
    ...(requestId === undefined ? [] : [['requestId', 'request_id = ?', requestId] as const]),
    ...(accountId === undefined ? [] : [['accountId', 'account_id = ?', accountId] as const]),
    ...(keyId === undefined ? [] : [['keyId', 'key_id = ?', keyId] as const]),
    ...(type === undefined ? [] : [['type', 'type = ?', type] as const]),
    ...(model === undefined ? [] : [['model', ...modelCondition(model)] as const]),
    ...textCondition('keyName', keyName),
    ...textCondition('username', username),
    ...textCondition('group', group),
    ...textCondition('responseId', responseId),
    ...(channelId === undefined
      ? []
      : [['channelId', `detail ->> ${placeOf('channelId')} = ?`, channelId] as const]),
  ];
}

function modelCondition(model: string): readonly [string, Value] {
  return model.includes('%') ? ['model GLOB ?', globOf(model)] : ['model = ?', model];
}

/** Texts are searched before the JSON is parsed, which costs ten times as much. */
function textCondition(
  member: 'keyName' | 'username' | 'group' | 'responseId',
  text: string | undefined,
): readonly Condition[] {
  if (text === undefined) return [];
  const sql = `instr(detail, ?) > 0 AND detail ->> ${placeOf(member)} = ?`;
  return [[member, sql, JSON.stringify(text), text]];
}

/**
 * The times to search. For one model, only the hours in which it was used: a rare model is found quickly among millions
 * of records of others.
 */
function spansOf(connection: Connection, filter: RecordFilter): readonly Span[] {
  const from = Math.max(filter.from ?? 0, 0);
  const to = Math.min(filter.to ?? endOfTime, endOfTime);
  const { model, accountId, keyId, requestId } = filter;
  if (requestId !== undefined || model === undefined || model === '' || /^%+$/.test(model)) {
    return [{ from, to }];
  }
  const [condition, value] = modelCondition(model);
  const hours = accountId === undefined ? planSql.hours : planSql.hoursOfAccount;
  const ofKey = keyId === undefined ? '' : ' AND key_id = ?5';
  const rows = connection.all(
    `${hours} AND ${condition.replace('?', '?4')}${ofKey} ORDER BY hour DESC`,
    accountId ?? 0,
    hourOf(from),
    to,
    value,
    ...(keyId === undefined ? [] : [keyId]),
  );
  return joined(rows.map((row) => Number(row.hour))).map((span) => ({
    from: Math.max(span.from, from),
    to: Math.min(span.to, to),
  }));
}

/** Merges consecutive hours into spans. @param hours falling */
function joined(hours: readonly number[]): Span[] {
  const spans: { from: number; to: number }[] = [];
  for (const hour of hours) {
    const last = spans.at(-1);
    if (last && last.from === hour + hourSeconds) last.from = hour;
    else spans.push({ from: hour, to: hour + hourSeconds - 1 });
  }
  return spans;
}
