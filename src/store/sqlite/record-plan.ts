/**
 * Plans how the records of a filter are found: the index that gives them in their order, the times to search, and the
 * conditions that each row is read for. Every plan uses an index and sorts nothing.
 */

import { recordTypes } from '../../domain/accounting/terms.ts';
import { pick, reader } from '../columns.ts';
import { endOfTime, type Span } from '../hourly-sums.ts';
import type { RecordFilter, RecordPlace } from '../ledger-store.ts';
import {
  isWalkable,
  modelNames,
  namesAsked,
  oldestRecord,
  type RunWalk,
  type SpanBatch,
  spanOf,
  spansToSearch,
  type WalkDialect,
  walkFilterOf,
  walkQuestion,
} from '../quarter-walk.ts';
import { type PlacedMember, placeOf } from '../record-detail.ts';
import { stateCondition } from '../state-condition.ts';
import { numberIn, type Parameters, statement } from '../statement.ts';
import { accounts, records } from '../tables.ts';
import { usageCompleteFrom } from '../usage-sums.ts';
import type { Connection } from './connection.ts';
import { globOf } from './glob.ts';

export interface RecordPlan {
  /** `FROM records INDEXED BY …  WHERE …`, up to the conditions on the index that are always the same. */
  readonly source: string;
  readonly parameters: Parameters;
  /** With the id of the account in place of its name. */
  readonly filter: RecordFilter;
  /** Conditions that the index cannot decide, each beginning with ` AND `; '' = there are none. */
  readonly rest: string;
  /** All times that may be searched. */
  readonly span: Span;
  /** Those that must be, newest first. */
  readonly batches: () => AsyncGenerator<SpanBatch>;
  /** The record that the results come after. */
  readonly after: RecordPlace;
}

/** Newest first. */
export const inOrder = 'ORDER BY created_at DESC, id DESC';
/** To follow `source`, with the parameters of `betweenParameters`. */
export const between =
  'AND created_at >= :from AND created_at <= :to AND (created_at, id) < (:afterAt, :afterId)';

export function betweenParameters(span: Span, after: RecordPlace): Parameters {
  return { from: span.from, to: Math.min(span.to, after.at), afterAt: after.at, afterId: after.id };
}

const planSql = {
  byRequest: 'FROM records WHERE request_id = :requestId',
  byKey: 'FROM records INDEXED BY records_by_key WHERE key_id = :keyId',
  byAccount: 'FROM records INDEXED BY records_by_account WHERE account_id = :accountId',
  byTime: 'FROM records INDEXED BY records_by_time WHERE true',
} as const;

const { id, username } = accounts;
/** Exported for the test of their query plans. */
export const sql = {
  position: statement(
    { id },
    'SELECT created_at, account_id, key_id FROM records WHERE id = :id',
    reader(pick(records, 'createdAt', 'accountId', 'keyId')),
  ),
  /** Every record of a key is one of its account. */
  holderOf: statement(
    { keyId: records.keyId },
    'SELECT account_id FROM keys WHERE id = :keyId',
    numberIn('account_id'),
  ),
  accountId: statement({ username }, 'SELECT id FROM accounts WHERE username = :username', numberIn('id')),
} as const;

/** The type is written out, so that SQLite sees that the partial indexes fit. */
function otherSource(type: number, byAccount: boolean): string {
  const [index, account] = byAccount
    ? ['other_records_by_account', 'account_id = :accountId AND ']
    : ['other_records_by_time', ''];
  return `FROM records INDEXED BY ${index} WHERE type <> 2 AND ${account}type = ${type}`;
}

/** @returns undefined when there can be no such record */
export function planFor(connection: Connection, given: RecordFilter): RecordPlan | undefined {
  const filter = withAccount(connection, given);
  if (!filter) return undefined;
  const after = startOf(connection, filter);
  if (!after) return undefined;
  const { source, used } = sourceOf(connection, filter);
  const conditions = conditionsOf(filter).filter(({ name }) => !used.includes(name));
  const span = spanOf(filter, after.at);
  const [run, completeFrom] = [walkOf(connection, filter), connection.one(usageCompleteFrom)];
  return {
    source,
    rest: conditions.map(({ text }) => ` AND ${text}`).join(''),
    parameters: parametersOf(filter),
    filter,
    span,
    batches: () =>
      spansToSearch(run ? { ...span, from: oldestIn(connection, span) } : span, run, completeFrom),
    after,
  };
}

/** The name of an existing account is replaced by its id; other names are searched in the records. */
export function withAccount(connection: Connection, filter: RecordFilter): RecordFilter | undefined {
  const { username, accountId } = filter;
  if (username === undefined) return filter;
  const found = connection.get(sql.accountId, { username });
  if (found === undefined) return filter;
  if (accountId !== undefined && accountId !== found) return undefined;
  return { ...filter, username: undefined, accountId: found };
}

function startOf(connection: Connection, filter: RecordFilter): RecordPlace | undefined {
  const { before, beforeId, accountId, keyId } = filter;
  if (before) return before;
  if (beforeId === undefined) return { at: endOfTime, id: Number.MAX_SAFE_INTEGER };
  // Retention removes the oldest records first: after a removed one there are none.
  const row = connection.get(sql.position, { id: beforeId });
  // A record of another holder counts as removed: its time must not be revealed.
  const isOfOthers =
    (accountId !== undefined && row?.accountId !== accountId) ||
    (keyId !== undefined && row?.keyId !== keyId);
  return row && !isOfOthers ? { at: row.createdAt, id: beforeId } : undefined;
}

type Source = Pick<RecordPlan, 'source'> & { readonly used: readonly (keyof RecordFilter)[] };

function sourceOf(connection: Connection, { requestId, type, accountId, keyId }: RecordFilter): Source {
  if (requestId !== undefined) return { source: planSql.byRequest, used: ['requestId'] };
  if (type !== undefined && type !== recordTypes.consume) {
    const source = otherSource(type, accountId !== undefined);
    return { source, used: ['type', 'accountId'] };
  }
  if (keyId !== undefined) {
    const isOfAccount = accountId !== undefined && connection.get(sql.holderOf, { keyId }) === accountId;
    return { source: planSql.byKey, used: isOfAccount ? ['keyId', 'accountId'] : ['keyId'] };
  }
  if (accountId !== undefined) {
    return { source: planSql.byAccount, used: ['accountId'] };
  }
  return { source: planSql.byTime, used: [] };
}

interface Condition {
  readonly name: keyof RecordFilter;
  readonly text: string;
}

/** Conditions of the members that are set; each names its parameter as the member. */
function conditionsOf(filter: RecordFilter): readonly Condition[] {
  const all: readonly Condition[] = [
    { name: 'requestId', text: 'request_id = :requestId' },
    { name: 'accountId', text: 'account_id = :accountId' },
    { name: 'keyId', text: 'key_id = :keyId' },
    { name: 'type', text: 'type = :type' },
    { name: 'model', text: modelCondition(filter.model ?? '') },
    ...textMembers.map(textCondition),
    { name: 'channelId', text: `${member('channelId')} = :channelId` },
    { name: 'keyIds', text: `key_id ${isAnyOf('keyIds')}` },
    { name: 'models', text: `model ${isAnyOf('models')}` },
    { name: 'minUnits', text: 'units >= :minUnits' },
    { name: 'minMs', text: `${member('totalMs')} >= :minMs` },
    { name: 'states', text: stateCondition(filter.states ?? [], member('outcome'), member('status')) },
    { name: 'outcomes', text: `${member('outcome')} ${isAnyOf('outcomes')}` },
    { name: 'errorCodes', text: `${member('errorCode')} ${isAnyOf('errorCodes')}` },
    { name: 'after', text: 'id > :lastSeenId' },
  ];
  return all.filter(({ name }) => filter[name] !== undefined);
}

const member = (name: PlacedMember) => `detail ->> ${placeOf(name)}`;
const isAnyOf = (parameter: string) => `IN (SELECT value FROM json_each(:${parameter}))`;

function modelCondition(model: string): string {
  return model.includes('%') ? 'model GLOB :model' : 'model = :model';
}

const textMembers = ['keyName', 'username', 'group', 'responseId'] as const;

/** Texts are searched before the JSON is parsed, which costs ten times as much. */
function textCondition(name: (typeof textMembers)[number]): Condition {
  return { name, text: `instr(detail, :${name}Quoted) > 0 AND detail ->> ${placeOf(name)} = :${name}` };
}

function parametersOf(filter: RecordFilter): Parameters {
  const { requestId, accountId, keyId, type, channelId, model, minUnits, minMs } = filter;
  const texts = textMembers.flatMap((name) => {
    const text = filter[name];
    return text === undefined
      ? []
      : [[name, text] as const, [`${name}Quoted`, JSON.stringify(text)] as const];
  });
  const numbers = { requestId, accountId, keyId, type, channelId, minUnits, minMs };
  const { keyIds, models, outcomes, errorCodes, after } = filter;
  const lists = Object.entries({ keyIds, models, outcomes, errorCodes }).map(
    ([name, list]) => [name, list && JSON.stringify(list)] as const,
  );
  const others = [['model', model && modelValue(model)] as const, ['lastSeenId', after?.id] as const];
  const given = [...Object.entries(numbers), ...lists, ...others, ...texts];
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const modelValue = (model: string) => (model.includes('%') ? globOf(model) : model);

/** Totals outlive the records that they count. */
const oldestIn = (connection: Connection, { from }: Span) => Math.max(from, connection.one(oldestRecord));

const dialect: WalkDialect = {
  by: (index) => ` INDEXED BY ${index}`,
  each: (parameter) => `json_each(:${parameter}) AS each`,
  least: 'min',
  list: (values) => JSON.stringify(values),
};

/** Undefined = the totals of quarter hours do not know where records of the filter are. */
function walkOf(connection: Connection, filter: RecordFilter): RunWalk | undefined {
  if (!isWalkable(filter)) return undefined;
  const names = filter.model?.includes('%') === true ? connection.all(modelNames, namesAsked) : [];
  const wanted = walkFilterOf(filter, names);
  if (!wanted) return undefined;
  const { statement, parameters } = walkQuestion(wanted, dialect);
  return (place) => connection.all(statement, { ...parameters, ...place });
}
