/** The contract of finding records by every filter: what is found is what a look at every record finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { requestState } from '../../domain/request-outcome.ts';
import type { FoundSums, RecordFilter, RecordPlace, StoredRecord, UsageRecord } from '../ledger-store.ts';
import { addAccount, addKey, aKey, anAccount, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aRecord, settleAll } from './records.ts';

const hour = 1_800_000_000;
const countMax = 100_000;
const everything = 100_000;
/** So few rows that most questions stop and go on. */
const few = 40;

const models = ['gpt-a', 'gpt-b', 'gpt-rare', 'claude.a', 'a_b'];
const groups = ['default', 'vip', 'rare'];
const channels = [1, 2, 77];
const keyNames = ['first', 'second'];
const never = 'never';

interface Holders {
  readonly accountIds: readonly number[];
  readonly keyIds: readonly number[];
}

/** Within some hours; often at the edge of a quarter hour. */
const momentIn = fc.oneof(
  fc.integer({ min: 0, max: 40 * 3600 }),
  fc
    .tuple(fc.integer({ min: 0, max: 160 }), fc.constantFrom(-1, 0, 1))
    .map(([quarter, second]) => quarter * 900 + second),
);

/** Rare values are in a few quarter hours only. */
function recordIn({ accountIds, keyIds }: Holders) {
  const pick = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
  const often = <Value>(values: readonly Value[], rare: Value) =>
    fc.oneof({ weight: 60, arbitrary: pick(values) }, { weight: 1, arbitrary: fc.constant(rare) });
  return fc
    .record({
      at: momentIn,
      account: pick([0, 0, 0, 1]),
      key: pick([0, 1]),
      model: often(models.slice(0, 2), 'gpt-rare').chain((model) => often([model], 'claude.a')),
      group: often(groups.slice(0, 2), 'rare'),
      channelId: often(channels.slice(0, 2), 77),
      isError: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
      units: fc.integer({ min: 0, max: 40 }),
      keyName: pick(keyNames),
    })
    .map(({ at, account, key, isError, units, model, ...detail }): UsageRecord => {
      const accountId = accountIds[account] ?? 0;
      const outcome = isError
        ? { outcome: 'error', status: 502, errorCode: 'e' }
        : { outcome: 'done', status: 200 };
      return aRecord(
        {
          ...{ accountId, model, createdAt: hour + at, keyId: keyIds[account * 2 + key] ?? 0 },
          ...{ type: isError ? recordTypes.error : recordTypes.consume, units: isError ? 0 : units },
        },
        { ...detail, ...outcome, username: `name-${account}`, responseId: `of-${units}` },
      );
    });
}

function filterOf({ accountIds, keyIds }: Holders): fc.Arbitrary<RecordFilter> {
  const some = <Value>(...values: Value[]) =>
    fc.option(fc.constantFrom(...values), { nil: undefined, freq: 3 });
  const unless = <Value>(arbitrary: fc.Arbitrary<Value>) =>
    fc.integer({ min: 0, max: 3 }).chain((number) => (number === 0 ? arbitrary : fc.constant(undefined)));
  const time = momentIn.map((at) => hour + at);
  const all = fc.record({
    accountId: unless(fc.constantFrom(...accountIds, 9999)),
    keyId: unless(fc.constantFrom(...keyIds, 9999)),
    model: some(...models, 'gpt-%', '%rare', 'a_%', 'claude%a', 'x%', '%', never),
    group: unless(fc.constantFrom(...groups, never)),
    channelId: unless(fc.constantFrom(...channels, 9999)),
    models: unless(fc.subarray([...models, never])),
    keyIds: unless(fc.subarray([...keyIds, 9999])),
    type: some(recordTypes.consume, recordTypes.error, recordTypes.topup, undefined, undefined),
    from: unless(time),
    to: unless(time),
    keyName: unless(fc.constantFrom(...keyNames, never)),
    username: unless(fc.constantFrom('name-0', never)),
    responseId: unless(fc.constantFrom('of-3', never)),
    states: unless(fc.constantFrom<RecordFilter['states']>(['ok'], ['error'], ['aborted'])),
    minUnits: unless(fc.constantFrom(1, 35)),
  });
  // Half of them ask only for what totals know.
  return fc.tuple(all, fc.boolean()).map(([filter, isKnown]) => {
    const { accountId, keyId, model, group, channelId, from, to } = filter;
    return isKnown ? { accountId, keyId, model, group, channelId, from, to } : filter;
  });
}

const patternOf = (model: string) => new RegExp(`^${model.split('%').map(RegExp.escape).join('.*')}$`, 'u');

function matches(filter: RecordFilter, { detail, ...record }: StoredRecord): boolean {
  const same = (name: 'accountId' | 'keyId' | 'type') => (filter[name] ?? record[name]) === record[name];
  const sameDetail = (name: 'group' | 'channelId' | 'keyName' | 'username' | 'responseId') =>
    (filter[name] ?? detail[name]) === detail[name];
  const state = requestState(detail.outcome, detail.status);
  return (
    (['accountId', 'keyId', 'type'] as const).every(same) &&
    (['group', 'channelId', 'keyName', 'username', 'responseId'] as const).every(sameDetail) &&
    patternOf(filter.model ?? '%').test(record.model) &&
    (filter.models?.includes(record.model) ?? true) &&
    (filter.keyIds?.includes(record.keyId) ?? true) &&
    (filter.states === undefined || (state !== undefined && filter.states.includes(state))) &&
    record.units >= (filter.minUnits ?? 0) &&
    record.createdAt >= (filter.from ?? 0) &&
    record.createdAt <= (filter.to ?? record.createdAt)
  );
}

function sumsOf(records: readonly StoredRecord[]): FoundSums {
  const consumed = records.filter(({ type }) => type === recordTypes.consume);
  const sum = (of: (record: StoredRecord) => number) =>
    consumed.reduce((total, record) => total + of(record), 0);
  return {
    ...{ units: sum(({ units }) => units), requests: consumed.length },
    tokens: sum(({ detail }) => detail.inputTokens + detail.outputTokens),
  };
}

const idsIn = (records: readonly StoredRecord[]) => records.map(({ id }) => id);
const isUpTo = ({ createdAt, id }: StoredRecord, { at, id: last }: RecordPlace) =>
  createdAt > at || (createdAt === at && id >= last);

/** Reads page after page, each of which looks at few records. */
async function readOn(store: TestStore, filter: RecordFilter, limit: number): Promise<number[]> {
  const ids: number[] = [];
  let before: RecordPlace | undefined;
  for (;;) {
    const found = await store.listRecords({ ...filter, before }, { offset: 0, limit }, 0, few);
    ids.push(...idsIn(found.items));
    const last = found.items.length === limit ? found.items.at(-1) : undefined;
    before = last ? { at: last.createdAt, id: last.id } : found.stoppedAt;
    if (!before) return ids;
  }
}

async function check(store: TestStore, all: readonly StoredRecord[], filter: RecordFilter): Promise<void> {
  const expected = all.filter((record) => matches(filter, record));
  const page = { offset: 2, limit: 5 };
  const listed = await store.listRecords(filter, page, countMax, everything);
  assert.deepEqual(idsIn(listed.items), idsIn(expected.slice(2, 7)));
  assert.equal(listed.total, expected.length);
  assert.deepEqual(Object.keys(listed).toSorted(), ['items', 'total']);
  assert.deepEqual(await readOn(store, filter, 7), idsIn(expected));
  assert.deepEqual(await store.sumRecords(filter, everything), sumsOf(expected));
  const { slots } = await store.countRecords(filter, 900, everything);
  const counted = slots.reduce((sum, { requests, errors }) => sum + requests + errors, 0);
  assert.equal(counted, expected.filter(({ type }) => type !== recordTypes.topup).length);
  // What is looked at in part is complete up to where it stopped.
  const part = await store.listRecords(filter, { offset: 0, limit: 100 }, countMax, few);
  const { stoppedAt } = part;
  const seen = stoppedAt ? expected.filter((record) => isUpTo(record, stoppedAt)) : expected;
  assert.equal(part.total, seen.length);
  assert.deepEqual(idsIn(part.items), idsIn(seen.slice(0, 100)));
  const { stoppedAt: summedTo, ...sums } = await store.sumRecords(filter, few);
  const summed = summedTo ? expected.filter((record) => isUpTo(record, summedTo)) : expected;
  assert.deepEqual(sums, sumsOf(summed));
}

export const recordFiltersSuite: Suite = (engine, open) => {
  test(`${engine}: what a filter finds is what a look at every record finds`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const holders: { accountIds: number[]; keyIds: number[] } = { accountIds: [], keyIds: [] };
    for (const name of ['one', 'two']) {
      const { id } = await addAccount(store, anAccount(name, { quota: 1_000_000 }));
      holders.accountIds.push(id);
      for (const key of ['a', 'b']) holders.keyIds.push((await addKey(store, aKey(id, { name: key }))).id);
    }
    const topup = { units: 5, reason: 'paid', actorId: 1, reference: null, createdAt: hour + 5000 };
    await store.topUp(
      { ...topup, accountId: holders.accountIds[0] ?? 0, requestId: 'topup' },
      heardBy(store),
    );
    // Each time more records are there, of which many are older than those before.
    for (const [seed, count] of [3, 60, 300].entries()) {
      const added = fc.sample(recordIn(holders), { numRuns: count, seed: seed + 1 });
      await settleAll(store, added);
      const { items: all } = await store.listRecords({}, { offset: 0, limit: everything }, 0);
      const property = fc.asyncProperty(filterOf(holders), (filter) => check(store, all, filter));
      await fc.assert(property, { numRuns: 20 });
    }
    await store.deleteRecordsBefore(hour + 20_000, 1000);
    const { items: all } = await store.listRecords({}, { offset: 0, limit: everything }, 0);
    const property = fc.asyncProperty(filterOf(holders), (filter) => check(store, all, filter));
    await fc.assert(property, { numRuns: 20 });
  });

  test(`${engine}: what others use all the time is not looked for in every record`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const quarters = 260;
    const used = Array.from({ length: quarters }, (_, index) =>
      ['one', 'two'].map((model, at) =>
        aRecord({ accountId: at + 1, keyId: at + 1, model, createdAt: hour + index * 900 }, { group: model }),
      ),
    ).flat();
    const wanted = [0, 58, 59, 60, 61, 158, 159, 160, 161].map((quarter) =>
      aRecord({ accountId: 1, model: 'two', createdAt: hour + quarter * 900 + 5 }, { group: 'one' }),
    );
    await settleAll(store, [...used, ...wanted]);
    const { items: all } = await store.listRecords({}, { offset: 0, limit: everything }, 0);
    for (const filter of [
      { accountId: 1, model: 'two' },
      { group: 'one', model: 'two' },
      { group: 'one', models: ['two', never] },
      { model: 'two' },
      { models: ['one', never], keyIds: [1, 2] },
    ]) {
      await check(store, all, filter);
    }
  });
};
