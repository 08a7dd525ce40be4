/** The contract of summing and ranking consumption by quarter hours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { noQuarterSums, type QuarterSums } from '../../domain/accounting/quarters.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { roles, type Store } from '../store.ts';
import type { UsageDimension, UsageQuery } from '../usage-store.ts';
import { addAccount, addKey, aKey, anAccount, type OpenedEngine, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aRecord, settleAll } from './records.ts';

const at = 1_800_000_000;
const quarter = 900;

async function opened(t: { after(run: () => Promise<void>): void }, open: () => Promise<OpenedEngine>) {
  const engine = await open();
  t.after(() => engine.dispose());
  const { store } = engine;
  const one = await addAccount(store, anAccount('one', { unlimitedQuota: true }));
  const two = await addAccount(store, anAccount('two', { unlimitedQuota: true }));
  const first = await addKey(store, aKey(one.id));
  const second = await addKey(store, aKey(one.id));
  return { store, one, two, first, second };
}

const sums = (given: Partial<QuarterSums>) => ({ ...noQuarterSums(), ...given });

/** Units by stretch and value. */
async function unitsOf(store: Store, query: Partial<UsageQuery>) {
  const rows = await store.sumUsage({ bounds: [at, at + 4 * quarter], ...query });
  return rows.map(({ stretch, value, sums: { units } }) => [stretch, value, units]);
}

export const usageSuite: Suite = (engine, open) => {
  test(`${engine}: every figure of a record is in the totals of its quarter hour`, async (t) => {
    const { store, one, first } = await opened(t, open);
    const of = { accountId: one.id, keyId: first.id, createdAt: at + 899 };
    const stream = { stream: true, firstByteMs: 300, totalMs: 2300, outputTokens: 80, cachedTokens: 2 };
    await settleAll(store, [
      aRecord(of, stream),
      aRecord(of, { firstByteMs: 16_001, totalMs: 16_001 }),
      aRecord({ ...of, type: recordTypes.error }, { firstByteMs: 5 }),
      aRecord({ ...of, type: recordTypes.manage }, { firstByteMs: 5 }),
    ]);
    const tokens = { inputTokens: 6, outputTokens: 82, cachedTokens: 2 };
    const times = { firstByteMs: 16_301, firstByte2: 1, firstByte8: 1, streamMs: 2000, streamTokens: 80 };
    assert.deepEqual(await store.sumUsage({ bounds: [at, at + quarter] }), [
      { stretch: 0, value: '', sums: sums({ requests: 2, errors: 1, units: 20, ...tokens, ...times }) },
    ]);
  });

  test(`${engine}: stretches meet at a quarter hour, and one without usage has no row`, async (t) => {
    const { store, one } = await opened(t, open);
    const times = [-1, 0, 899, 900, 2699, 3600];
    await settleAll(
      store,
      times.map((time, place) => aRecord({ accountId: one.id, createdAt: at + time, units: 10 ** place })),
    );
    const bounds = [at, at + quarter, at + 2 * quarter, at + 3 * quarter, at + 4 * quarter];
    assert.deepEqual(await unitsOf(store, { bounds }), [
      [0, '', 110],
      [1, '', 1000],
      [2, '', 10_000],
    ]);
    assert.deepEqual(await unitsOf(store, { bounds: [at + quarter, at + 4 * quarter] }), [[0, '', 11_000]]);
  });

  test(`${engine}: usage is kept apart and filtered by account, key, model, channel and group`, async (t) => {
    const { store, one, two, first, second } = await opened(t, open);
    const settle = (
      accountId: number,
      keyId: number,
      units: number,
      model: string,
      channelId: number,
      group: string,
    ) => aRecord({ accountId, keyId, units, model, createdAt: at }, { channelId, group });
    await settleAll(store, [
      settle(one.id, first.id, 1, 'model-a', 7, 'gold'),
      settle(one.id, first.id, 20, 'model-b', 8, 'gold'),
      settle(one.id, second.id, 300, 'model-a', 8, ''),
      settle(two.id, 0, 4000, 'model-a', 7, ''),
    ]);
    const expected: Readonly<Record<UsageDimension, readonly (readonly [number | string, number])[]>> = {
      accountId: [
        [one.id, 321],
        [two.id, 4000],
      ],
      keyId: [
        [0, 4000],
        [first.id, 21],
        [second.id, 300],
      ],
      model: [
        ['model-a', 4301],
        ['model-b', 20],
      ],
      channelId: [
        [7, 4001],
        [8, 320],
      ],
      group: [
        ['', 4300],
        ['gold', 21],
      ],
    };
    for (const [by, rows] of Object.entries(expected) as [
      UsageDimension,
      (readonly [number | string, number])[],
    ][]) {
      assert.deepEqual(
        await unitsOf(store, { by }),
        rows.map((row) => [0, ...row]),
        by,
      );
      for (const [value, units] of nonEmpty(rows)) {
        assert.deepEqual(await unitsOf(store, { [by]: value }), [[0, '', units]], `${by} ${value}`);
        assert.deepEqual(
          await unitsOf(store, { by, values: [value] }),
          [[0, value, units]],
          `${by} ${value}`,
        );
      }
    }
    assert.deepEqual(await unitsOf(store, { accountId: one.id, keyId: first.id, model: 'model-b' }), [
      [0, '', 20],
    ]);
    assert.deepEqual(await unitsOf(store, { accountId: two.id, keyId: first.id }), []);
    assert.deepEqual(await unitsOf(store, { accountId: one.id, by: 'channelId' }), [
      [0, 7, 1],
      [0, 8, 320],
    ]);
    assert.deepEqual(await unitsOf(store, { model: 'nul\0' }), []);
  });

  test(`${engine}: the highest come first in a ranking, which says how many there are`, async (t) => {
    const { store, one } = await opened(t, open);
    const settle = (model: string, units: number, outputTokens: number, later = 0) =>
      aRecord({ accountId: one.id, model, units, createdAt: at + later }, { outputTokens });
    await settleAll(store, [
      settle('a', 5, 1),
      settle('b', 5, 9),
      settle('c', 3, 50),
      settle('c', 3, 1, 900),
    ]);
    await settleAll(store, [settle('d', 100, 0, 3600)]);
    const range = { from: at, to: at + 4 * quarter, by: 'model', limit: 2 } as const;
    assert.deepEqual(await store.rankUsage({ ...range, order: 'units' }), { values: ['c', 'a'], count: 3 });
    assert.deepEqual(await store.rankUsage({ ...range, order: 'tokens' }), { values: ['c', 'b'], count: 3 });
    assert.deepEqual(await store.rankUsage({ ...range, order: 'units', model: 'none' }), {
      values: [],
      count: 0,
    });
  });

  test(`${engine}: usage of accounts that a viewer does not manage is left out, save its own`, async (t) => {
    const { store, one } = await opened(t, open);
    const [self, peer, root] = [
      await addAccount(store, anAccount('self', { role: roles.admin })),
      await addAccount(store, anAccount('peer', { role: roles.admin })),
      await addAccount(store, anAccount('root', { role: roles.root })),
    ];
    await settleAll(
      store,
      [one, self, peer, root].map(({ id }) => aRecord({ accountId: id, createdAt: at })),
    );
    const seen = async (viewer: typeof self) =>
      (await unitsOf(store, { by: 'accountId', seenBy: viewer })).map(([, id]) => id);
    assert.deepEqual(await seen(self), [one.id, self.id]);
    assert.deepEqual(await seen(root), [one.id, self.id, peer.id, root.id]);
  });

  test(`${engine}: the keys whose budget is used most come first, of so many that are looked at`, async (t) => {
    const { store, one, two } = await opened(t, open);
    const budget = { units: 100, period: 'daily', timeZone: 'UTC', softPercent: 80 } as const;
    for (const [accountId, units] of [
      [one.id, 10],
      [one.id, 90],
      [one.id, 50],
      [two.id, 99],
    ] as const) {
      const { id } = await addKey(store, aKey(accountId, { budget, name: String(units) }));
      await settleAll(store, [aRecord({ accountId, keyId: id, units, createdAt: at })]);
    }
    const names = async (readMax: number, limit: number) => {
      const { keys, isComplete } = await store.listBudgetedKeys(one.id, readMax, limit);
      return [...keys.map(({ name }) => name), isComplete];
    };
    assert.deepEqual(await names(3, 2), ['90', '50', true]);
    assert.deepEqual((await names(2, 9)).at(-1), false);
    assert.equal((await names(2, 9)).length, 3);
  });

  test(`${engine}: totals are complete from the start in a new database, and outlive their records`, async (t) => {
    const { store, one } = await opened(t, open);
    assert.equal(await store.usageCompleteFrom(), 0);
    await settleAll(store, [aRecord({ accountId: one.id, createdAt: at })]);
    assert.equal(await store.deleteRecordsBefore(at + 9000, 10), 1);
    assert.deepEqual(await unitsOf(store, {}), [[0, '', 10]]);
  });

  test(`${engine}: hours of a key are those of its account, also when it is deleted; those of no key are of every account`, async (t) => {
    const { store, one, two, first, second } = await opened(t, open);
    const keys = [
      [one.id, first.id],
      [one.id, second.id],
      [one.id, 0],
      [two.id, 0],
    ] as const;
    const records = keys.map(([accountId, keyId], place) =>
      aRecord({ accountId, keyId, createdAt: at, units: 10 ** place }),
    );
    await settleAll(store, records);
    const units = async (keyId: number) =>
      (await store.listHourly({ keyId, by: ['accountId'] })).map((row) => [row.accountId, row.units]);
    const expected = [
      [[one.id, 1]],
      [[one.id, 10]],
      [
        [one.id, 100],
        [two.id, 1000],
      ],
      [],
    ];
    const asked = async () => Promise.all([first.id, second.id, 0, 9999].map(units));
    const sorted = (rows: readonly (readonly (readonly number[])[])[]) =>
      rows.map((each) => each.toSorted((a, b) => Number(a[0]) - Number(b[0])));
    assert.deepEqual(sorted(await asked()), expected);
    await store.deleteKeys(one.id, [first.id], heardBy(store));
    assert.deepEqual(sorted(await asked()), expected);
  });
};
