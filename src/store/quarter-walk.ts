/**
 * Walks through the quarter hours in which there may be records of a filter, newest first, by the totals of quarter
 * hours. A value that never occurred costs a look at an index; a rare one, its quarter hours. Both engines run the same
 * statements.
 */
import { quarterOf, quarterSeconds } from '../domain/accounting/quarters.ts';
import { recordTypes } from '../domain/accounting/terms.ts';
import { endOfTime, type Span, writtenLateSeconds } from './hourly-sums.ts';
import type { RecordFilter, RecordPlace } from './ledger-store.ts';
import { composed, numberIn, type Parameters, type Statement, statement, textIn } from './statement.ts';

/** What the engines write in their own ways. */
export interface WalkDialect {
  /** Names the index of a table in a statement; empty where the engine selects it. */
  readonly by: (index: string) => string;
  /** A table with the column `value` of the values of a list. */
  readonly each: (parameter: 'models' | 'keyIds') => string;
  /** The function that gives the lowest of two or more values. */
  readonly least: string;
  /** A list as the value of a parameter. */
  readonly list: (values: readonly (string | number)[]) => Parameters[string];
}

/** What a walk looks for: conditions that the totals decide, joined by AND. */
export interface WalkFilter {
  readonly accountId?: number | undefined;
  readonly keyId?: number | undefined;
  readonly group?: string | undefined;
  readonly channelId?: number | undefined;
  readonly models?: readonly string[] | undefined;
  readonly keyIds?: readonly number[] | undefined;
}

/** The most names of models that are compared with a pattern, and the most of them that a walk looks for. */
const namesMax = 500;
const namesWalked = 50;

/** Each step is a look at the indexes, or a comparison of one quarter hour. */
const stepsAtATime = 200;
/** Later than any record, with room for a sum. */
const lastSecond = 1e13;
/** How many rows of records could be read instead of one step. */
const rowsPerStep = 2;

/** The first names of models, `most` of them. */
export const modelNames = composed(
  `WITH RECURSIVE names (model, step) AS (
    SELECT (SELECT min(model) FROM usage_quarters), 1
    UNION ALL
    SELECT (SELECT min(model) FROM usage_quarters WHERE model > names.model), step + 1
    FROM names WHERE names.model IS NOT NULL AND step < :most
  ) SELECT model FROM names WHERE model IS NOT NULL`,
  textIn('model'),
);
export const namesAsked = { most: namesMax } as const;

/** A statement that gives the time of the oldest record, or 0. */
export const oldestRecord = statement(
  {},
  'SELECT coalesce((SELECT created_at FROM records ORDER BY created_at LIMIT 1), 0) AS oldest',
  numberIn('oldest'),
);

/**
 * Whether totals can say where records of a filter are. They count consumption and errors; other records have neither a
 * model nor a group nor a channel.
 */
export function isWalkable(filter: RecordFilter): boolean {
  const { type, requestId, model, models, keyIds, group, channelId } = filter;
  const isCounted = type === undefined || type === recordTypes.consume || type === recordTypes.error;
  const mayBeOthers =
    group === '' || channelId === 0 || models?.includes('') === true || keyIds?.includes(0) === true;
  if (requestId !== undefined || !isCounted || (mayBeOthers && type === undefined)) return false;
  const values = [isAnyModel(model) ? undefined : model, models, keyIds, group, channelId];
  return values.some((value) => value !== undefined);
}

/** Whether a pattern of models, or none, lets every model through. */
function isAnyModel(model: string | undefined): boolean {
  return model === undefined || model === '' || /^%+$/.test(model);
}

/**
 * What a walk looks for where the totals know it.
 * @param names the names of models, as `modelNames` gives them; only for a pattern
 * @returns undefined = nothing: there are too many models to look for
 */
export function walkFilterOf(filter: RecordFilter, names: readonly string[]): WalkFilter | undefined {
  const { accountId, keyId, group, channelId, keyIds } = filter;
  const models = modelsOf(filter, names);
  const values = { group, channelId, models, keyIds };
  const isNarrow = Object.values(values).some((value) => value !== undefined);
  return isNarrow ? { accountId, keyId, ...values } : undefined;
}

/** Both a list and a name may be given. */
function modelsOf({ model, models }: RecordFilter, names: readonly string[]): readonly string[] | undefined {
  if (model === undefined || isAnyModel(model)) return models;
  if (!model.includes('%')) return [model];
  const matching = names.filter((name) => matchesPattern(name, model));
  return names.length < namesMax && matching.length <= namesWalked ? matching : models;
}

/** @param pattern in which `%` stands for any run of characters */
function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern.split(/%+/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'su').test(name);
}

/** Asks for the next steps of a walk, with `start`, `lowest` and `steps`; `read` gives the number of each. */
export interface WalkQuestion {
  readonly statement: Statement<Parameters, number>;
  readonly parameters: Parameters;
}

/**
 * The walk in numbers: `quarter + 899` or `quarter + 898` asks for the newest quarter hour up to this one in which each
 * value occurs somewhere, at the latest; `quarter` is that one. It is followed by `quarter - 1` where one row has all
 * values, else by `quarter - 2`. Below 0, there is none.
 */
export function walkQuestion(filter: WalkFilter, dialect: WalkDialect): WalkQuestion {
  const conditions = conditionsOf(filter, dialect);
  const newest = conditions.map(({ newest }) => `coalesce(${newest}, -1)`);
  const [only = '-1'] = newest;
  const next = newest.length === 1 ? only : `${dialect.least}(${newest.join(', ')})`;
  const all = conditions.map(({ holds }) => ` AND ${holds}`).join('');
  const isThere = `EXISTS (SELECT 1 FROM usage_quarters WHERE quarter = walk.place${all})`;
  // Where there is one condition only, the newest quarter hour has it.
  const isHit = newest.length === 1 ? 'true' : isThere;
  const sql = `WITH RECURSIVE walk (place, step) AS (
    SELECT CAST(:start AS bigint), 0
    UNION ALL
    SELECT CASE WHEN place % ${quarterSeconds} >= ${quarterSeconds - 2} THEN ${next}
      WHEN ${isHit} THEN place - 1 ELSE place - 2 END, step + 1
    FROM walk WHERE place >= :lowest AND step < :steps
  ) SELECT place FROM walk WHERE step > 0`;
  const parameters = Object.assign({}, ...conditions.map(({ values }) => values)) as Parameters;
  return { statement: composed(sql, numberIn('place')), parameters };
}

interface Condition {
  /** The newest quarter hour up to `walk.place` that has it. */
  readonly newest: string;
  readonly holds: string;
  readonly values: Parameters;
}

function conditionsOf(filter: WalkFilter, dialect: WalkDialect): readonly Condition[] {
  const { accountId, keyId, group, channelId, models, keyIds } = filter;
  return [
    valueCondition(dialect, 'account', 'account_id', 'accountId', accountId),
    valueCondition(dialect, 'key', 'key_id', 'keyId', keyId),
    valueCondition(dialect, 'group', 'group_name', 'groupName', group),
    valueCondition(dialect, 'channel', 'channel_id', 'channelId', channelId),
    listCondition(dialect, 'model', 'model', 'models', models),
    listCondition(dialect, 'key', 'key_id', 'keyIds', keyIds),
  ].flatMap((condition) => condition ?? []);
}

const newestOf = (source: string, condition: string) =>
  `(SELECT max(quarter) FROM ${source} WHERE ${condition} AND quarter <= walk.place)`;
const sourceBy = ({ by }: WalkDialect, index: string) => `usage_quarters${by(`usage_quarters_by_${index}`)}`;

function valueCondition(
  dialect: WalkDialect,
  index: string,
  column: string,
  parameter: string,
  value: string | number | undefined,
): Condition | undefined {
  if (value === undefined) return undefined;
  const holds = `${column} = :${parameter}`;
  return { holds, newest: newestOf(sourceBy(dialect, index), holds), values: { [parameter]: value } };
}

function listCondition(
  dialect: WalkDialect,
  index: string,
  column: string,
  parameter: 'models' | 'keyIds',
  values: readonly (string | number)[] | undefined,
): Condition | undefined {
  if (values === undefined) return undefined;
  const [only] = values;
  if (values.length === 1) return valueCondition(dialect, index, column, `only_${parameter}`, only);
  const each = dialect.each(parameter);
  const ofOne = newestOf(sourceBy(dialect, index), `${column} = each.value`);
  return {
    newest: `(SELECT max(newest) FROM (SELECT ${ofOne} AS newest FROM ${each}) AS of_each)`,
    holds: `${column} IN (SELECT value FROM ${each})`,
    values: { [parameter]: dialect.list(values) },
  };
}

/** Some stretches of time to search, newest first. */
export interface SpanBatch {
  readonly spans: readonly Span[];
  /** What finding them cost, as a number of rows read. */
  readonly cost: number;
  /** What is older is still to be found; undefined = nothing is. */
  readonly next: RecordPlace | undefined;
}

/** Runs the statement of a walk. */
export type RunWalk = (place: {
  readonly start: number;
  readonly lowest: number;
  readonly steps: number;
}) => Promise<readonly number[]> | readonly number[];

/**
 * The stretches of a span that must be searched, newest first.
 * @param run undefined = all must be
 * @param completeFrom what `usageCompleteFrom` gives: what is older must be searched anyway
 */
export async function* spansToSearch(
  { from, to }: Span,
  run: RunWalk | undefined,
  completeFrom: number,
): AsyncGenerator<SpanBatch> {
  const whole = { spans: [{ from, to }], cost: 0, next: undefined };
  if (!run || to < completeFrom) {
    if (from <= to) yield whole;
    return;
  }
  const first = Math.max(from, completeFrom);
  const last = Math.min(to, lastSecond);
  const lowest = quarterOf(first);
  const older = first > from ? { from, to: first - 1 } : undefined;
  let start = quarterOf(last) + quarterSeconds - 1;
  while (start >= lowest) {
    const places = (await run({ start, lowest, steps: stepsAtATime })).toSorted((a, b) => b - a);
    const spans = spansAt(places, first, to);
    start = places.at(-1) ?? -1;
    const next = start >= lowest ? seenDownTo(start) : older && first;
    const place = next === undefined ? undefined : { at: next, id: 0 };
    yield { spans, cost: places.length * rowsPerStep, next: place };
  }
  if (older) yield { ...whole, spans: [older] };
}

/** Adjoining quarter hours are one span. */
function spansAt(places: readonly number[], first: number, to: number): readonly Span[] {
  const spans: { from: number; to: number }[] = [];
  for (const place of places) {
    if (place < 0 || place % quarterSeconds !== quarterSeconds - 1) continue;
    const quarter = place + 1;
    const last = spans.at(-1);
    if (last?.from === quarter + quarterSeconds) last.from = quarter;
    else spans.push({ from: quarter, to: quarter + quarterSeconds - 1 });
  }
  return spans
    .map((span) => ({ from: Math.max(span.from, first), to: Math.min(span.to, to) }))
    .filter((span) => span.from <= span.to);
}

/** The start of the oldest quarter hour that the walk has decided on. */
const seenDownTo = (place: number): number => quarterOf(place) + quarterSeconds;

/** All times in which records of a filter may be. @param newest the time that its page begins at */
export function spanOf({ from, to, after }: RecordFilter, newest: number): Span {
  return {
    from: Math.max(from ?? 0, after ? after.at - writtenLateSeconds : 0, 0),
    to: Math.min(to ?? endOfTime, newest),
  };
}
