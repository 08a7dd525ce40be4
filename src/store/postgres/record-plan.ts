/** Plans how the records of a filter are found in PostgreSQL: by which conditions of an index, and in which times. */
import { Conditions } from '../conditions.ts';
import { endOfTime, type Span, writtenLateSeconds } from '../hourly-sums.ts';
import type { RecordFilter } from '../ledger-store.ts';
import {
  isWalkable,
  modelNames,
  namesAsked,
  oldestRecord,
  type SpanBatch,
  spanOf,
  spansToSearch,
  type WalkDialect,
  walkFilterOf,
  walkQuestion,
} from '../quarter-walk.ts';
import { type PlacedMember, placeOf } from '../record-detail.ts';
import { stateCondition } from '../state-condition.ts';
import { composed, numberIn, statement } from '../statement.ts';
import { accounts } from '../tables.ts';
import { usageCompleteFrom } from '../usage-sums.ts';
import type { Queryable } from './connection.ts';
import { addKeysAndModels, addModel } from './like.ts';
import { storable, storableOf } from './storable.ts';
import { isRowId } from './values.ts';

const { username } = accounts;
const findAccountId = statement(
  { username },
  'SELECT id FROM accounts WHERE username = :username',
  numberIn('id'),
);

/** How the matching records of a filter are found. */
export interface RecordPlan {
  /** The conditions that an index decides. */
  readonly indexed: Conditions;
  /** Those, and the conditions that each row is read for. */
  readonly all: Conditions;
  readonly looksAtRows: boolean;
  /** With the id of the account in place of its name. */
  readonly filter: RecordFilter;
  /** The times to search where rows are looked at, newest first. */
  readonly batches: () => AsyncGenerator<SpanBatch>;
}

/** @returns undefined when there can be no such record */
export async function planFor(db: Queryable, given: RecordFilter): Promise<RecordPlan | undefined> {
  const filter = await withAccount(db, given);
  if (!filter) return undefined;
  const { accountId, keyId, type, requestId, before, beforeId, after, from, to, channelId } = filter;
  const ids = [accountId, keyId, channelId, beforeId, from, to, before?.at, before?.id, after?.at, after?.id];
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
  let newest = before?.at ?? endOfTime;
  if (beforeId !== undefined) {
    const at = await placeBefore(db, beforeId, filter);
    if (at === undefined) return undefined;
    newest = Math.min(newest, at);
    indexed.add('(created_at, id) < (:beforeAt, :beforeId)', { beforeAt: at, beforeId });
  }
  if (before)
    indexed.add('(created_at, id) < (:placeAt, :placeId)', { placeAt: before.at, placeId: before.id });
  if (after) indexed.add('created_at >= :writtenFrom', { writtenFrom: after.at - writtenLateSeconds });
  const all = withRest(indexed, filter);
  const span = spanOf(filter, newest);
  const looksAtRows = all.text !== indexed.text;
  return { indexed, all, looksAtRows, filter, batches: () => batchesOf(db, filter, span) };
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
export async function withAccount(db: Queryable, filter: RecordFilter): Promise<RecordFilter | undefined> {
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

const dialect: WalkDialect = {
  by: () => '',
  each: (parameter) =>
    `unnest(:${parameter}::${parameter === 'models' ? 'text' : 'bigint'}[]) AS each (value)`,
  least: 'least',
  list: (values) => values,
};

async function* batchesOf(db: Queryable, given: RecordFilter, span: Span): AsyncGenerator<SpanBatch> {
  const { model, models, group, keyIds } = given;
  const filter = {
    ...given,
    model: storableOf(model),
    models: models?.map(storable),
    group: storableOf(group),
    keyIds: keyIds?.filter(isRowId),
  };
  const isPattern = model?.includes('%') === true;
  const wanted =
    isWalkable(filter) && walkFilterOf(filter, isPattern ? await db.all(modelNames, namesAsked) : []);
  if (!wanted) {
    yield* spansToSearch(span, undefined, 0);
    return;
  }
  const { statement, parameters } = walkQuestion(wanted, dialect);
  const from = Math.max(span.from, await db.one(oldestRecord));
  yield* spansToSearch(
    { from, to: span.to },
    (place) => db.all(statement, { ...parameters, ...place }),
    await db.one(usageCompleteFrom),
  );
}
