/** The contract of reading records, hourly totals and the journal, and of removing what is old. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import type { RecordDetail, RecordFilter, Settlement, UsageRecord } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';

import { addAccount, addKey, aKey, anAccount, type OpenedEngine, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';

const hour = 1_800_000_000;
const countMax = 1000;

let requests = 0;

export function aRecord(
  fields: Partial<UsageRecord> & { readonly accountId: number },
  detail: Partial<RecordDetail> = {},
): UsageRecord {
  requests += 1;
  return {
    requestId: `request-${requests}`,
    type: recordTypes.consume,
    createdAt: hour,
    keyId: 0,
    model: 'model-a',
    units: 10,
    ...fields,
    detail: { ...emptyDetail, inputTokens: 3, outputTokens: 2, ...detail },
  };
}

export async function settleAll(store: TestStore, records: readonly UsageRecord[]): Promise<void> {
  const settlements = records.map((record): Settlement => ({ record, reserved: false }));
  await store.settle(settlements, false);
}

/** Request ids of what a filter means. */
async function idsOf(store: TestStore, filter: RecordFilter, limit = 100): Promise<string[]> {
  const { items } = await store.listRecords(filter, { offset: 0, limit }, countMax);
  return items.map(({ requestId }) => requestId);
}

async function opened(t: { after(run: () => Promise<void>): void }, open: () => Promise<OpenedEngine>) {
  const engine = await open();
  t.after(() => engine.dispose());
  const { store } = engine;
  const account = await addAccount(store, anAccount('one', { quota: 1_000_000 }));
  const other = await addAccount(store, anAccount('two', { quota: 1_000_000 }));
  const key = await addKey(store, aKey(account.id, { name: 'first' }));
  const second = await addKey(store, aKey(account.id, { name: 'second' }));
  return { engine, store, account, other, key, second };
}

const theReading: Suite = (engine, open) => {
  test(`${engine}: a record comes back whole`, async (t) => {
    const { store, account, key } = await opened(t, open);
    const record = aRecord(
      { accountId: account.id, keyId: key.id, units: 77 },
      {
        ...{
          username: 'one "and" 二',
          stream: true,
          firstByteMs: 12,
          multiplier: 1_500_000,
          estimated: true,
        },
        course: {
          ...{ authorizedMs: 1, readMs: 2, admittedMs: 3, settledMs: 20 },
          tries: [
            {
              ...{ channelId: 4, channelName: 'a "b" 三', keyNumber: 2, status: 200, result: 'ok' },
              ...{ startMs: 3, sentMs: 5, firstByteMs: 12, endMs: 19 },
            },
          ],
        },
      },
    );
    await settleAll(store, [record]);
    const { total, items } = await store.listRecords({}, { offset: 0, limit: 5 }, countMax);
    assert.equal(total, 1);
    assert.deepEqual(items, [{ ...record, id: items[0]?.id }]);
  });

  test(`${engine}: the newest comes first, and pages follow each other, by offset and by the last one`, async (t) => {
    const { store, account } = await opened(t, open);
    const times = [5, 3, 9, 9, 1, 9, 4];
    const records = times.map((at) => aRecord({ accountId: account.id, createdAt: hour + at }));
    await settleAll(store, records);
    const ordered = records
      .map((record, index) => ({ record, at: index }))
      .sort((a, b) => b.record.createdAt - a.record.createdAt || b.at - a.at)
      .map(({ record }) => record.requestId);
    for (const filter of [{}, { accountId: account.id }, { group: '' }, { model: 'model-%' }]) {
      assert.deepEqual(await idsOf(store, filter), ordered);
      const pages: string[] = [];
      for (let offset = 0; offset < 8; offset += 2) {
        const page = await store.listRecords(filter, { offset, limit: 2 }, countMax);
        assert.equal(page.total, 7);
        pages.push(...page.items.map(({ requestId }) => requestId));
      }
      assert.deepEqual(pages, ordered);
      const read: string[] = [];
      let beforeId: number | undefined;
      for (;;) {
        const { items } = await store.listRecords({ ...filter, beforeId }, { offset: 0, limit: 3 }, 0);
        if (items.length === 0) break;
        read.push(...items.map(({ requestId }) => requestId));
        beforeId = items.at(-1)?.id;
      }
      assert.deepEqual(read, ordered);
    }
  });

  test(`${engine}: each condition counts, and all of them together`, async (t) => {
    const { store, account, other, key, second } = await opened(t, open);
    const mine = { accountId: account.id, keyId: key.id };
    const detail = { keyName: 'first', username: 'one', group: 'g', channelId: 4, responseId: 'resp"1' };
    const records = [
      aRecord(mine, detail),
      aRecord({ ...mine, model: 'model-b' }, detail),
      aRecord({ ...mine, keyId: second.id }, { ...detail, keyName: 'second' }),
      aRecord({ ...mine, type: recordTypes.error, units: 0 }, detail),
      aRecord({ ...mine, createdAt: hour + 100 }, detail),
      aRecord(mine, { ...detail, group: 'first', channelId: 5, responseId: 'resp-2' }),
      aRecord({ accountId: other.id }, { ...detail, username: 'two' }),
      aRecord({ accountId: account.id }, { ...detail, username: 'gone' }),
    ];
    await settleAll(store, records);
    const name = (at: number) => records[at]?.requestId ?? '';
    const means = async (filter: RecordFilter, ...wanted: number[]) =>
      assert.deepEqual((await idsOf(store, filter)).sort(), wanted.map(name).sort(), JSON.stringify(filter));
    await means({ accountId: account.id }, 0, 1, 2, 3, 4, 5, 7);
    await means({ keyId: key.id }, 0, 1, 3, 4, 5);
    await means({ keyId: key.id, accountId: other.id });
    await means({ type: recordTypes.error }, 3);
    await means({ type: recordTypes.error, accountId: other.id });
    await means({ type: recordTypes.error, keyId: second.id });
    await means({ type: recordTypes.consume, keyId: second.id }, 2);
    await means({ type: recordTypes.topup });
    await means({ model: 'model-b' }, 1);
    await means({ model: 'model-b', accountId: other.id });
    await means({ model: 'model-b', keyId: second.id });
    await means({ model: '%-b' }, 1);
    await means({ model: 'MODEL-B' });
    await means({ model: 'model_b' });
    await means({ keyName: 'second' }, 2);
    await means({ username: 'two' }, 6);
    await means({ username: 'two', accountId: account.id });
    await means({ username: 'gone' }, 7);
    await means({ group: 'first' }, 5);
    await means({ channelId: 5 }, 5);
    await means({ responseId: 'resp"1', keyId: second.id }, 2);
    await means({ requestId: name(4) }, 4);
    await means({ requestId: name(4), accountId: other.id });
    await means({ from: hour + 1 }, 4);
    await means({ from: hour + 100, to: hour + 100 }, 4);
    await means({ to: hour - 1 });
    await means({ model: 'model-a', from: hour + 1 }, 4);
    await means({ accountId: account.id, keyName: 'first', group: 'g', model: 'model-a', to: hour }, 0, 3, 7);
  });

  test(`${engine}: counting stops, and so do the pages`, async (t) => {
    const { store, account } = await opened(t, open);
    await settleAll(
      store,
      Array.from({ length: 12 }, () => aRecord({ accountId: account.id })),
    );
    for (const filter of [{}, { group: '' }]) {
      assert.equal((await store.listRecords(filter, { offset: 0, limit: 2 }, 5)).total, 5);
      assert.deepEqual(await store.listRecords(filter, { offset: 5, limit: 2 }, 5), { total: 0, items: [] });
    }
  });
};

const theSums: Suite = (engine, open) => {
  test(`${engine}: sums are those of consumption, whatever the times`, async (t) => {
    const { store, account, key, second } = await opened(t, open);
    const records = Array.from({ length: 40 }, (_, index) =>
      aRecord(
        {
          accountId: account.id,
          keyId: index % 2 === 0 ? key.id : second.id,
          model: index % 3 === 0 ? 'model-b' : 'model-a',
          createdAt: hour + index * 777,
          units: index * index,
          type: index % 7 === 0 ? recordTypes.error : recordTypes.consume,
        },
        { keyName: index % 2 === 0 ? 'first' : 'second', inputTokens: index, outputTokens: 1 },
      ),
    );
    await settleAll(store, records);
    const expected = (filter: RecordFilter) => {
      const meant = records.filter(
        ({ type, keyId, model, createdAt, detail }) =>
          type === recordTypes.consume &&
          (filter.keyId ?? keyId) === keyId &&
          (filter.model ?? model) === model &&
          (filter.keyName ?? detail.keyName) === detail.keyName &&
          (filter.from ?? 0) <= createdAt &&
          (filter.to ?? createdAt) >= createdAt,
      );
      const sum = (of: (record: UsageRecord) => number) => meant.reduce((all, each) => all + of(each), 0);
      const tokens = sum(({ detail }) => detail.inputTokens + detail.outputTokens);
      return { units: sum(({ units }) => units), requests: meant.length, tokens };
    };
    const filters: RecordFilter[] = [{}, { keyId: key.id }, { model: 'model-b' }, { keyName: 'second' }];
    const times = [{}, { from: hour + 1000 }, { to: hour + 20_000 }, { from: hour + 4000, to: hour + 5000 }];
    const wide = { from: hour + 3600, to: hour + 7 * 3600 - 1 };
    for (const filter of nonEmpty(
      filters.flatMap((each) => [...times, wide].map((time) => ({ ...each, ...time }))),
    )) {
      assert.deepEqual(await store.sumRecords(filter), expected(filter), JSON.stringify(filter));
    }
    assert.deepEqual(await store.sumRecords({ type: recordTypes.error }), {
      units: 0,
      requests: 0,
      tokens: 0,
    });
    // What was removed is not meant, although the hourly totals still have it.
    await store.deleteRecordsBefore(hour + 10_000, 1000);
    assert.deepEqual(await store.sumRecords({}), expected({ from: hour + 10_000 }));
  });

  test(`${engine}: hourly totals are kept apart by what is asked for`, async (t) => {
    const { store, account, other, key } = await opened(t, open);
    await settleAll(store, [
      aRecord({ accountId: account.id, keyId: key.id }),
      aRecord({ accountId: account.id, keyId: key.id, createdAt: hour + 3599 }),
      aRecord({ accountId: account.id, keyId: key.id, createdAt: hour + 3600, model: 'model-b' }),
      aRecord({ accountId: account.id, type: recordTypes.error, units: 0 }),
      aRecord({ accountId: other.id }),
    ]);
    const zero = { hour: 0, accountId: 0, keyId: 0, model: '', errors: 0 };
    const one = { ...zero, requests: 1, units: 10, inputTokens: 3, outputTokens: 2 };
    const two = { ...zero, requests: 2, units: 20, inputTokens: 6, outputTokens: 4 };
    const all = { ...zero, requests: 4, errors: 1, units: 40, inputTokens: 12, outputTokens: 8 };
    assert.deepEqual(await store.listHourly({ by: [] }), [all]);
    assert.deepEqual(await store.listHourly({ accountId: account.id, by: ['hour', 'model'] }), [
      { ...two, hour, model: 'model-a', errors: 1 },
      { ...one, hour: hour + 3600, model: 'model-b' },
    ]);
    assert.deepEqual(
      await store.listHourly({ accountId: account.id, keyId: key.id, from: hour + 3700, by: [] }),
      [one],
    );
    assert.deepEqual(await store.listHourly({ to: hour, by: ['accountId'] }), [
      { ...two, accountId: account.id, errors: 1 },
      { ...one, accountId: other.id },
    ]);
    assert.deepEqual(await store.listHourly({ to: hour - 1, by: [] }), []);
    const day = 86_400;
    const days = await store.listHourly({ by: ['hour'], width: day });
    assert.deepEqual(days, [{ ...all, hour: hour - (hour % day) }]);
    await store.deleteRecordsBefore(hour + 9999, 1000);
    assert.deepEqual(await store.listHourly({ by: [] }), [all]);
  });
};

const theRest: Suite = (engine, open) => {
  test(`${engine}: old records go, the oldest first, and all totals still add up`, async (t) => {
    const { store, account, key } = await opened(t, open);
    const records = Array.from({ length: 10 }, (_, index) =>
      aRecord({
        accountId: account.id,
        keyId: key.id,
        createdAt: hour + index * 1000,
        type: index % 3 === 0 ? recordTypes.error : recordTypes.consume,
      }),
    );
    await settleAll(store, records);
    await store.updateKey(account.id, key.id, { unlimitedQuota: false, remainQuota: 500 }, heardBy(store));
    await settleAll(store, [aRecord({ accountId: account.id, keyId: key.id, createdAt: hour + 100 })]);
    assert.equal(await store.deleteRecordsBefore(hour + 7000, 4), 4);
    assert.deepEqual(await store.findLedgerDifferences(10), []);
    assert.equal(await store.deleteRecordsBefore(hour + 7000, 100), 4);
    assert.equal(await store.deleteRecordsBefore(hour + 7000, 100), 0);
    assert.deepEqual(
      await idsOf(store, {}),
      [9, 8, 7].map((at) => records[at]?.requestId),
    );
    assert.deepEqual(await store.findLedgerDifferences(10), []);
  });

  test(`${engine}: contents are there until they expire`, async (t) => {
    const { store, account, key } = await opened(t, open);
    const sealed = new Uint8Array([1, 2, 3]);
    // The clock of the suite stands at 1,800,000,000.
    const settlements = [hour + 1, hour, hour + 2].map(
      (expiresAt): Settlement => ({
        record: aRecord({ accountId: account.id, keyId: key.id }),
        reserved: false,
        content: { sealed, expiresAt },
      }),
    );
    await store.settle(settlements, false);
    const contentOf = async (at: number) => store.getContent(settlements[at]?.record.requestId ?? '');
    assert.deepEqual([...((await contentOf(0)) ?? [])], [1, 2, 3]);
    assert.equal(await contentOf(1), undefined);
    assert.equal(await store.deleteExpiredContents(hour + 1, 1), 1);
    assert.equal(await store.deleteExpiredContents(hour + 1, 10), 1);
    assert.equal(await store.deleteExpiredContents(hour + 1, 10), 0);
    assert.equal(await contentOf(0), undefined);
    assert.notEqual(await contentOf(2), undefined);
  });

  test(`${engine}: the journal of an account, of a kind, and of all`, async (t) => {
    const { store, account, other } = await opened(t, open);
    const topup = { reason: 'paid', actorId: 1, createdAt: hour };
    const first = await store.topUp(
      {
        ...topup,
        accountId: account.id,
        units: 5,
        reference: 'a',
        requestId: 'topup-1',
      },
      heardBy(store),
    );
    await store.topUp(
      { ...topup, accountId: other.id, units: -3, reference: null, requestId: 'topup-2' },
      heardBy(store),
    );
    const page = { offset: 0, limit: 10 };
    const own = await store.listBalanceEntries({ accountId: account.id }, page);
    assert.equal(own.total, 2);
    assert.deepEqual(own.items[0], first);
    assert.equal(own.items[1]?.kind, 'opening');
    const topups = await store.listBalanceEntries({ kind: 'topup' }, page);
    assert.deepEqual(
      topups.items.map(({ units }) => units),
      [-3, 5],
    );
    assert.equal((await store.listBalanceEntries({ kind: 'topup', accountId: other.id }, page)).total, 1);
    const named = await store.listBalanceEntries({ reference: 'a' }, page);
    assert.deepEqual(named, { total: 1, items: [first] });
    assert.equal((await store.listBalanceEntries({ reference: 'a', accountId: other.id }, page)).total, 0);
    assert.equal((await store.listBalanceEntries({ kind: 'topup', to: hour - 1 }, page)).total, 0);
    assert.equal((await store.listBalanceEntries({ kind: 'topup', from: hour, to: hour }, page)).total, 2);
    assert.equal((await store.listBalanceEntries({ kind: 'topup', from: hour + 1 }, page)).total, 0);
    await store.updateAccount(other.id, { email: 'o@example.org' }, 0, heardBy(store));
    const ofEmail = await store.listBalanceEntries({ kind: 'topup', email: 'o@example.org' }, page);
    assert.deepEqual(
      ofEmail.items.map(({ units }) => units),
      [-3],
    );
    const all = await store.listBalanceEntries({}, { offset: 1, limit: 1 });
    assert.equal(all.total, 4);
    assert.deepEqual(all.items, [first]);
    assert.deepEqual(await idsOf(store, { type: recordTypes.topup }), ['topup-2', 'topup-1']);
  });
};

export const recordsSuite: Suite = (engine, open) => {
  theReading(engine, open);
  theSums(engine, open);
  theRest(engine, open);
};
