/** Reads records in PostgreSQL. An index gives every page in its order. */

import { hourSeconds } from '../../domain/accounting/hourly.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import type { Row } from '../columns.ts';
import { Conditions } from '../conditions.ts';
import { addSums, noSums, writtenLateSeconds } from '../hourly-sums.ts';
import { recordSumsRow } from '../ledger-rows.ts';
import type {
  RecordCounts,
  RecordFilter,
  RecordPlace,
  RecordSearch,
  RecordSlot,
  RecordSums,
  StoredRecord,
} from '../ledger-store.ts';
import { type PlacedMember, placeOf } from '../record-detail.ts';
import { stateCondition } from '../state-condition.ts';
import { composed, numberIn, statement } from '../statement.ts';
import { recordRow } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import { accounts } from '../tables.ts';
import type { Queryable } from './connection.ts';
import { sumWholeHours } from './hourly.ts';
import { addKeysAndModels, addModel } from './like.ts';
import { storable, storableOf } from './storable.ts';
import { isRowId } from './values.ts';

/** The most rows read to count what is beyond a page. */
const countedRowsMax = 400_000;

const newestFirst = 'ORDER BY created_at DESC, id DESC';
const { username } = accounts;
const findAccountId = statement(
  { username },
  'SELECT id FROM accounts WHERE username = :username',
  numberIn('id'),
);

/** How the matching records of a filter are found. */
interface Plan {
  /** The conditions that an index decides. */
  readonly indexed: Conditions;
  /** Those, and the conditions that each row is read for. */
  readonly all: Conditions;
  readonly looksAtRows: boolean;
}

/** As `LedgerStore.listRecords`. */
export async function listRecords(
  db: Queryable,
  filter: RecordFilter,
  { offset, limit }: PageQuery,
  countMax: number,
): Promise<Page<StoredRecord>> {
  const plan = countMax > 0 && offset >= countMax ? undefined : await planFor(db, filter);
  if (!plan) return { total: 0, items: [] };
  const { text, parameters } = plan.all;
  // One row more than requested shows whether another page follows.
  const rows = await db.all(
    composed(`SELECT * FROM records WHERE ${text} ${newestFirst} LIMIT :limit OFFSET :offset`, recordRow),
    { ...parameters, limit: limit + 1, offset },
  );
  const items = rows.slice(0, limit);
  if (countMax === 0) return { total: 0, items };
  const seen = rows.length === 0 ? 0 : offset + rows.length;
  return { total: Math.min(countMax, Math.max(seen, await count(db, plan, countMax))), items };
}

async function count(db: Queryable, { indexed, all, looksAtRows }: Plan, countMax: number): Promise<number> {
  const source = looksAtRows
    ? `(SELECT * FROM records WHERE ${indexed.text} ${newestFirst} LIMIT ${countedRowsMax}) AS looked_at`
    : 'records';
  const sql = `SELECT count(*) AS total FROM (SELECT 1 FROM ${source} WHERE ${all.text} LIMIT :countMax) AS matched`;
  return db.one(composed(sql, numberIn('total')), { ...all.parameters, countMax });
}

/** The records that a bounded search looks at, as `looked_at`. */
const lookedAt = ({ indexed }: Plan) =>
  `(SELECT * FROM records WHERE ${indexed.text} ${newestFirst} LIMIT :lookMax) AS looked_at`;

/** As `LedgerStore.searchRecords`. */
export async function searchRecords(
  db: Queryable,
  filter: RecordFilter,
  limit: number,
  lookMax: number,
): Promise<RecordSearch> {
  const plan = await planFor(db, filter);
  if (!plan) return { items: [], next: undefined, isCut: false };
  const { text, parameters } = plan.all;
  const source = plan.looksAtRows ? lookedAt(plan) : 'records';
  // One more than requested shows whether another page follows.
  const rows = await db.all(
    composed(`SELECT * FROM ${source} WHERE ${text} ${newestFirst} LIMIT :limit`, recordRow),
    { ...parameters, limit: limit + 1, lookMax },
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  if (last) return { items, next: { at: last.createdAt, id: last.id }, isCut: false };
  const cutAt = plan.looksAtRows ? await placeOfRow(db, plan, lookMax) : undefined;
  return { items, next: cutAt, isCut: cutAt !== undefined };
}

/** The place of the last record that a bounded search looks at; undefined = there are fewer. */
function placeOfRow(db: Queryable, { indexed }: Plan, lookMax: number): Promise<RecordPlace | undefined> {
  const sql = `SELECT created_at, id FROM records WHERE ${indexed.text} ${newestFirst} LIMIT 1 OFFSET :skipped`;
  const read = (row: Row): RecordPlace => ({ at: Number(row.created_at), id: Number(row.id) });
  return db.get(composed(sql, read), { ...indexed.parameters, skipped: lookMax - 1 });
}

/** As `LedgerStore.countRecords`. */
export async function countRecords(
  db: Queryable,
  filter: RecordFilter,
  width: number,
  lookMax: number,
): Promise<RecordCounts> {
  const plan = await planFor(db, filter);
  if (!plan) return { slots: [], stoppedAt: undefined };
  const ofType = (type: number) => `FILTER (WHERE type = ${type})`;
  const sql = `SELECT created_at / :width * :width AS at, count(*) ${ofType(recordTypes.consume)} AS requests,
    count(*) ${ofType(recordTypes.error)} AS errors,
    coalesce(sum(units) ${ofType(recordTypes.consume)}, 0) AS units
    FROM ${lookedAt(plan)} WHERE type IN (${recordTypes.consume}, ${recordTypes.error}) AND ${plan.all.text} GROUP BY 1 ORDER BY 1 DESC`;
  const read = ({ at, requests, errors, units }: Row): RecordSlot => ({
    ...{ at: Number(at), requests: Number(requests) },
    ...{ errors: Number(errors), units: Number(units) },
  });
  const slots = await db.all(composed(sql, read), { ...plan.all.parameters, width, lookMax });
  return { slots, stoppedAt: await placeOfRow(db, plan, lookMax) };
}

/** @returns undefined when there can be no such record */
async function planFor(db: Queryable, given: RecordFilter): Promise<Plan | undefined> {
  const filter = await withAccount(db, given);
  if (!filter) return undefined;
  const { accountId, keyId, type, requestId, before, beforeId, after, from, to } = filter;
  const ids = [accountId, keyId, beforeId, from, to, before?.at, before?.id, after?.at, after?.id];
  if (ids.some((value) => value !== undefined && !isRowId(value))) {
    return undefined;
  }
  const indexed = new Conditions()
    .addGiven('request_id = :requestId', { requestId: storableOf(requestId) })
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('key_id = :keyId', { keyId })
    .addGiven('created_at >= :from', { from })
    .addGiven('created_at <= :to', { to });
  // Written out, so that PostgreSQL sees that the partial indexes of rare types fit.
  if (type !== undefined) indexed.add(`type = ${Number(type)}`);
  if (beforeId !== undefined) {
    const at = await placeBefore(db, beforeId, filter);
    if (at === undefined) return undefined;
    indexed.add('(created_at, id) < (:beforeAt, :beforeId)', { beforeAt: at, beforeId });
  }
  if (before)
    indexed.add('(created_at, id) < (:placeAt, :placeId)', { placeAt: before.at, placeId: before.id });
  if (after) indexed.add('created_at >= :writtenFrom', { writtenFrom: after.at - writtenLateSeconds });
  await addHoursOf(db, indexed, filter);
  const all = withRest(indexed, filter);
  return { indexed, all, looksAtRows: all.text !== indexed.text };
}

const member = (name: PlacedMember) => `(detail::jsonb ->> ${placeOf(name)})`;

/** Adds the conditions that no index decides. */
function withRest(indexed: Conditions, filter: RecordFilter): Conditions {
  const { model, models, keyIds, channelId, states, outcomes, errorCodes, minUnits, minMs, after } = filter;
  const all = addKeysAndModels(addModel(indexed.copy(), model), keyIds, models)
    .addGiven('id > :lastSeenId', { lastSeenId: after?.id })
    .addGiven('units >= :minUnits', { minUnits })
    .addGiven(`${member('totalMs')}::bigint >= :minMs`, { minMs })
    .addGiven(`${member('outcome')} = ANY(:outcomes)`, { outcomes: outcomes?.map(storable) })
    .addGiven(`${member('errorCode')} = ANY(:errorCodes)`, { errorCodes: errorCodes?.map(storable) });
  if (states) all.add(stateCondition(states, member('outcome'), `${member('status')}::int`));
  for (const name of ['keyName', 'username', 'group', 'responseId'] as const) {
    addText(all, name, filter[name]);
  }
  if (channelId !== undefined) {
    all.add(`${member('channelId')} = :channelId`, { channelId: String(channelId) });
  }
  return all;
}

/** Texts are searched before the JSON is parsed, which costs far more. */
function addText(
  conditions: Conditions,
  member: 'keyName' | 'username' | 'group' | 'responseId',
  given: string | undefined,
): void {
  if (given === undefined) return;
  const text = storable(given);
  const quoted = `${member}Quoted`;
  const isMember = `(detail::jsonb ->> ${placeOf(member)}) = :${member}`;
  conditions.add(`CASE WHEN strpos(detail, :${quoted}) > 0 THEN ${isMember} ELSE false END`, {
    [quoted]: JSON.stringify(text),
    [member]: text,
  });
}

/** The name of an existing account is replaced by its id; other names are searched in the records. */
async function withAccount(db: Queryable, filter: RecordFilter): Promise<RecordFilter | undefined> {
  const { username, accountId } = filter;
  if (username === undefined) return filter;
  const found = await db.get(findAccountId, { username: storable(username) });
  if (found === undefined) return filter;
  if (accountId !== undefined && accountId !== found) return undefined;
  return { ...filter, username: undefined, accountId: found };
}

/**
 * The time of the record that a page continues after. Retention removes the oldest records first: after a removed one
 * there are none.
 */
async function placeBefore(
  db: Queryable,
  id: number,
  { accountId, keyId }: RecordFilter,
): Promise<number | undefined> {
  // A record of another holder counts as removed: its time must not be revealed.
  const { text, parameters } = new Conditions()
    .add('id = :id', { id })
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('key_id = :keyId', { keyId });
  const read = numberIn('created_at');
  return db.get(composed(`SELECT created_at FROM records WHERE ${text}`, read), parameters);
}

/**
 * Limits the search for one model to the hours in which it was used, so that a rare model is not searched everywhere.
 */
async function addHoursOf(db: Queryable, indexed: Conditions, filter: RecordFilter): Promise<void> {
  const { model, models, accountId, keyId, requestId } = filter;
  const isAnyModel = model === undefined ? models === undefined : model === '' || /^%+$/.test(model);
  if (requestId !== undefined || isAnyModel) return;
  const hours = new Conditions()
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('key_id = :keyId', { keyId });
  const { text, parameters } = addModel(addKeysAndModels(hours, undefined, models), model);
  const sql = `SELECT min(hour) AS first, max(hour) AS last FROM hourly WHERE ${text}`;
  const { first, last } = await db.one(composed(sql), parameters);
  if (first === null) indexed.add('false');
  else {
    const [firstUse, lastUse] = [Number(first), Number(last) + hourSeconds];
    indexed.add('created_at >= :firstUse AND created_at < :lastUse', { firstUse, lastUse });
  }
}

/** As `LedgerStore.sumRecords`. Whole hours whose records are all matched come from the hourly totals. */
export async function sumRecords(db: Queryable, given: RecordFilter): Promise<RecordSums> {
  if (given.type !== undefined && given.type !== recordTypes.consume) return noSums;
  const filter = await withAccount(db, given);
  if (!filter) return noSums;
  const { sums: whole, left } = await sumWholeHours(db, filter);
  let total = whole;
  for (const span of left ?? [{}]) {
    total = addSums(total, await sumByLooking(db, { ...filter, ...span, type: recordTypes.consume }));
  }
  return total;
}

const sums = `SELECT coalesce(sum(units), 0) AS units, count(*) AS requests,
  coalesce(sum((detail::jsonb ->> ${placeOf('inputTokens')})::bigint
    + (detail::jsonb ->> ${placeOf('outputTokens')})::bigint), 0) AS tokens`;

async function sumByLooking(db: Queryable, filter: RecordFilter): Promise<RecordSums> {
  const plan = await planFor(db, filter);
  if (!plan) return noSums;
  const { text, parameters } = plan.all;
  return db.one(composed(`${sums} FROM records WHERE ${text}`, recordSumsRow), parameters);
}
