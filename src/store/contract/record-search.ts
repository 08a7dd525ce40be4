/** The contract of searching and counting records: every condition, from any place, and within a bound. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { requestState } from '../../domain/request-outcome.ts';
import type { RecordFilter, RecordPlace, UsageRecord } from '../ledger-store.ts';
import type { Store } from '../store.ts';
import { addAccount, addKey, aKey, anAccount, type OpenedEngine, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aRecord, settleAll } from './records.ts';

const hour = 1_800_000_000;
const lookMax = 100_000;

async function opened(t: { after(run: () => Promise<void>): void }, open: () => Promise<OpenedEngine>) {
  const engine = await open();
  t.after(() => engine.dispose());
  const { store } = engine;
  const account = await addAccount(store, anAccount('one', { quota: 1_000_000 }));
  const keys = await Promise.all(['a', 'b', 'c'].map((name) => addKey(store, aKey(account.id, { name }))));
  return { store, account, keyIds: keys.map(({ id }) => id) };
}

const endings = [
  { outcome: 'done', status: 200, errorCode: '' },
  { outcome: 'done', status: 400, errorCode: '' },
  { outcome: 'finished_alone', status: 200, errorCode: '' },
  { outcome: 'cut', status: 200, errorCode: 'key_revoked' },
  { outcome: 'client_gone', status: 499, errorCode: '' },
  { outcome: 'client_stalled', status: 200, errorCode: '' },
  { outcome: 'error', status: 502, errorCode: 'upstream_unreachable' },
  { outcome: 'upstream_broken', status: 200, errorCode: 'upstream_broken' },
  { outcome: '', status: 0, errorCode: '' },
];

/** Records of every ending, of three keys and models, costs and durations; written in the order of their times. */
function manyRecords(accountId: number, keyIds: readonly number[]): UsageRecord[] {
  return Array.from({ length: 81 }, (_, index) => {
    const { outcome, status, errorCode } = endings[index % endings.length] ?? endings[0] ?? { outcome: '' };
    return aRecord(
      {
        accountId,
        keyId: keyIds[Math.floor(index / 9) % 3] ?? 0,
        model: `model-${Math.floor(index / 27)}`,
        createdAt: hour + Math.floor(index / 2) * 400,
        units: (index * 7) % 50,
        type: outcome === 'error' ? recordTypes.error : recordTypes.consume,
      },
      { outcome, status: status ?? 0, errorCode: errorCode ?? '', totalMs: (index * 13) % 100 },
    );
  });
}

function matches(filter: RecordFilter, { keyId, model, units, detail }: UsageRecord): boolean {
  const { outcome, status, errorCode, totalMs } = detail;
  const state = requestState(outcome, status);
  return (
    (filter.keyIds?.includes(keyId) ?? true) &&
    (filter.models?.includes(model) ?? true) &&
    (filter.outcomes?.includes(outcome) ?? true) &&
    (filter.errorCodes?.includes(errorCode) ?? true) &&
    (filter.states === undefined || (state !== undefined && filter.states.includes(state))) &&
    units >= (filter.minUnits ?? 0) &&
    totalMs >= (filter.minMs ?? 0)
  );
}

function someFilters(keyIds: readonly number[]): readonly RecordFilter[] {
  const two = keyIds.slice(0, 2);
  return [
    {},
    { keyIds: two },
    { keyIds: [] },
    { models: ['model-0', 'model-2'] },
    { models: ['model-0', 'none'], keyIds: two },
    { states: ['ok'] },
    { states: ['error'] },
    { states: ['aborted'] },
    { states: ['ok', 'error'] },
    { states: [] },
    { outcomes: ['cut', 'done'] },
    { errorCodes: ['key_revoked', 'upstream_broken'] },
    { minUnits: 25 },
    { minMs: 50 },
    { minMs: 20, minUnits: 10, states: ['ok', 'aborted'], models: ['model-1', 'model-2'], keyIds },
  ];
}

/** Reads on from place to place until all has been searched. */
async function readOn(store: Store, filter: RecordFilter, limit: number, look: number) {
  const ids: string[] = [];
  let [cuts, before]: [number, RecordPlace | undefined] = [0, undefined];
  do {
    const found = await store.searchRecords({ ...filter, before }, limit, look);
    assert.ok(found.items.length <= limit);
    ids.push(...found.items.map(({ requestId }) => requestId));
    if (found.isCut) cuts += 1;
    before = found.next;
  } while (before);
  return { ids, cuts };
}

export const recordSearchSuite: Suite = (engine, open) => {
  test(`${engine}: a search finds what each condition means, page by page, newest first`, async (t) => {
    const { store, account, keyIds } = await opened(t, open);
    const records = manyRecords(account.id, keyIds);
    await settleAll(store, records);
    const newestFirst = [...records].reverse();
    for (const filter of nonEmpty(someFilters(keyIds))) {
      const expected = newestFirst.filter((record) => matches(filter, record));
      const wanted = expected.map(({ requestId }) => requestId);
      for (const limit of [7, 100]) {
        const { ids, cuts } = await readOn(store, { accountId: account.id, ...filter }, limit, lookMax);
        assert.deepEqual(ids, wanted, JSON.stringify(filter));
        assert.equal(cuts, 0);
      }
      assert.deepEqual((await readOn(store, filter, 50, lookMax)).ids, wanted, JSON.stringify(filter));
    }
  });

  test(`${engine}: a search that finds little stops at its bound, and goes on from there`, async (t) => {
    const { store, account } = await opened(t, open);
    const records = Array.from({ length: 9000 }, (_, index) =>
      aRecord({ accountId: account.id, createdAt: hour + index, units: index % 3000 === 0 ? 100 : 1 }),
    );
    for (let from = 0; from < records.length; from += 500)
      await settleAll(store, records.slice(from, from + 500));
    const rare = records.filter(({ units }) => units === 100).map(({ requestId }) => requestId);
    const filter = { accountId: account.id, minUnits: 50 };
    const { ids, cuts } = await readOn(store, filter, 10, 4000);
    assert.deepEqual(ids, rare.reverse());
    assert.ok(cuts > 0);
    const counts = await store.countRecords(filter, 3600, 4000);
    assert.ok(counts.stoppedAt && counts.stoppedAt.at > hour);
    const seen = counts.slots.reduce((sum, { requests }) => sum + requests, 0);
    assert.equal(
      seen,
      records.filter(({ units, createdAt }) => units === 100 && createdAt >= (counts.stoppedAt?.at ?? 0))
        .length,
    );
  });

  test(`${engine}: what is written after a place is found, though its time may be earlier`, async (t) => {
    const { store, account } = await opened(t, open);
    const at = (createdAt: number) => aRecord({ accountId: account.id, createdAt });
    await settleAll(store, [at(hour), at(hour + 50)]);
    const [seen] = (await store.searchRecords({ accountId: account.id }, 1, lookMax)).items;
    assert.equal(seen?.createdAt, hour + 50);
    const after = { at: seen.createdAt, id: seen.id };
    assert.deepEqual((await store.searchRecords({ after }, 10, lookMax)).items, []);
    const [late, later] = [at(hour + 20), at(hour + 60)];
    await settleAll(store, [late, later]);
    const { items } = await store.searchRecords({ accountId: account.id, after }, 10, lookMax);
    assert.deepEqual(
      items.map(({ requestId }) => requestId),
      [later.requestId, late.requestId],
    );
  });

  test(`${engine}: records are counted by stretches of time`, async (t) => {
    const { store, account, keyIds } = await opened(t, open);
    const records = manyRecords(account.id, keyIds);
    await settleAll(store, records);
    await store.topUp(
      {
        ...{ accountId: account.id, units: 5, reason: 'paid', actorId: 1, reference: null },
        ...{ createdAt: hour, requestId: 'topup-of-counts' },
      },
      heardBy(store),
    );
    for (const filter of nonEmpty(someFilters(keyIds))) {
      const { slots, stoppedAt } = await store.countRecords(
        { accountId: account.id, ...filter },
        900,
        lookMax,
      );
      const expected = new Map<number, { requests: number; errors: number; units: number }>();
      for (const record of records.filter((each) => matches(filter, each))) {
        const slot = record.createdAt - (record.createdAt % 900);
        const { requests, errors, units } = expected.get(slot) ?? { requests: 0, errors: 0, units: 0 };
        expected.set(
          slot,
          record.type === recordTypes.error
            ? { requests, errors: errors + 1, units }
            : { requests: requests + 1, errors, units: units + record.units },
        );
      }
      const wanted = [...expected].map(([slot, sums]) => ({ at: slot, ...sums })).reverse();
      assert.deepEqual(slots, wanted, JSON.stringify(filter));
      assert.equal(stoppedAt, undefined);
    }
  });

  test(`${engine}: hourly totals of some keys and some models`, async (t) => {
    const { store, account, keyIds } = await opened(t, open);
    const records = manyRecords(account.id, keyIds);
    await settleAll(store, records);
    const filters = [
      { keyIds: keyIds.slice(1) },
      { models: ['model-0', 'model-1'] },
      { model: 'model-%' },
      { keyIds: keyIds.slice(0, 2), models: ['model-2', 'model-1'] },
    ];
    for (const filter of filters) {
      const [sums] = await store.listHourly({ accountId: account.id, ...filter, by: [] });
      const { keyIds: ofKeys, models } = filter as RecordFilter;
      const meant = records.filter((record) => matches({ keyIds: ofKeys, models }, record));
      assert.equal((sums?.requests ?? 0) + (sums?.errors ?? 0), meant.length, JSON.stringify(filter));
    }
  });
};
