/** How many rows the first page of each filter may read, by the limits and the plans of its statements. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import {
  fewRecords,
  grown,
  manyRecords,
  workBounds,
  workFilters,
  workRecords,
} from '../contract/record-work.ts';
import type { RecordFilter } from '../ledger-store.ts';
import type { Parameters, Statement } from '../statement.ts';
import type { Connection } from './connection.ts';
import { listHourly } from './hourly.ts';
import { listRecords, sumRecords } from './records.ts';
import { testDatabase } from './test-database.ts';
import { sumUsage } from './usage.ts';

/** Each statement with its parameters, in the order of the calls. */
type Asked = readonly [sql: string, parameters: Parameters];

/** The connection, which notes what is asked. */
function noting(connection: Connection, asked: Asked[]): Connection {
  return new Proxy(connection, {
    get(target, name: keyof Connection) {
      const method: unknown = target[name];
      if (typeof method !== 'function') return method;
      return (statement: Statement<Parameters, unknown>, ...given: readonly [Parameters?]) => {
        asked.push([statement.sqlite, given[0] ?? {}]);
        return Reflect.apply(method, target, [statement, ...given]) as unknown;
      };
    },
  });
}

/** The rows that a statement may read, by the limits that it names. */
function rowsOf([sql, parameters]: Asked): number {
  const [, skipped] = /OFFSET (\d+)$/.exec(sql) ?? [];
  if (skipped !== undefined) return Number(skipped);
  const { size, steps, limit, offset, countMax, most, ids } = parameters;
  if (Array.isArray(ids)) return ids.length;
  const limits = [
    size,
    steps,
    countMax,
    most,
    limit === undefined ? undefined : Number(limit) + Number(offset),
  ];
  return Number(limits.find((value) => value !== undefined) ?? 1);
}

test('the first page of no filter reads more rows of 200,000 records than of 20,000', async (t) => {
  const { connection } = testDatabase(t);
  const { countMax, lookMax } = workBounds;
  const measure = async (records: number) => {
    const rows = new Map<string, number>();
    for (const [name, filter] of nonEmpty(Object.entries(workFilters(records)))) {
      const asked: Asked[] = [];
      await listRecords(noting(connection, asked), filter, workBounds, countMax, lookMax);
      for (const [sql] of new Map(asked)) assertBounded(connection, sql, name);
      rows.set(
        name,
        asked.map(rowsOf).reduce((sum, each) => sum + each, 0),
      );
    }
    return rows;
  };
  const fill = (from: number, to: number) => {
    const series =
      '(WITH RECURSIVE s (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM s WHERE n < ?2) SELECT n FROM s)';
    const numbers = series.replace('?1', String(from)).replace('?2', String(to));
    for (const sql of workRecords(numbers, from, to)) connection.exec(sql);
  };
  fill(1, fewRecords);
  const few = await measure(fewRecords);
  fill(fewRecords + 1, manyRecords);
  assert.deepEqual(grown(few, await measure(manyRecords)), []);
  // Sums that totals know read records of the ends of the time only.
  const {
    'a rare group': group,
    'a rare channel': channel,
    'a rare model': model,
  } = workFilters(manyRecords);
  for (const filter of nonEmpty([group, channel, model])) {
    const asked: Asked[] = [];
    const { requests, stoppedAt } = await sumRecords(noting(connection, asked), filter ?? {}, lookMax);
    assert.deepEqual([requests, stoppedAt], [2, undefined]);
    const ofRecords = asked.filter(([sql]) => sql.includes('FROM records'));
    assert.ok(ofRecords.length < 8, `${ofRecords.length} statements on records`);
  }
});

test('sums read the fewest rows: by time, by the index of a value, or by the account of a key; they sort nothing', async (t) => {
  const { connection } = testDatabase(t);
  const numbers = `(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${fewRecords}) SELECT n FROM s)`;
  for (const sql of workRecords(numbers, 1, fewRecords)) connection.exec(sql);
  let longest = 0;
  const plansOf = async (work: (connection: Connection) => Promise<unknown>) => {
    const asked: Asked[] = [];
    await work(noting(connection, asked));
    const steps = asked.map(([sql]) => Number(/ORDER BY \w+ LIMIT 1 OFFSET (\d+)$/.exec(sql)?.[1] ?? 0));
    longest = Math.max(longest, ...steps);
    const sums = [...new Map(asked).keys()].filter((sql) =>
      /^SELECT .*sum\(.* FROM (usage_quarters|hourly)/s.test(sql),
    );
    return sums.flatMap((sql) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail));
  };
  const by = (index: string) => `SEARCH usage_quarters USING INDEX usage_quarters_by_${index}`;
  const byTime = ['SEARCH usage_quarters USING PRIMARY KEY (quarter>? AND quarter<?)'];
  const [ofGroup, ofChannel] = ['group (group_name=?', 'channel (channel_id=?'].map((index) => [
    `${by(index)} AND quarter>? AND quarter<?)`,
  ]);
  const sums: readonly (readonly [RecordFilter, readonly string[] | undefined])[] = [
    [{ group: 'often' }, byTime],
    [{ channelId: 1 }, byTime],
    [{ group: 'often', model: 'often' }, byTime],
    [{ group: 'rare' }, ofGroup],
    [{ group: 'often', channelId: 2 }, ofChannel],
  ];
  for (const [filter, plan] of nonEmpty(sums)) {
    const found = await plansOf((noted) => sumRecords(noted, filter, workBounds.lookMax));
    assert.deepEqual(found, plan, JSON.stringify(filter));
  }
  const bounds = [0, 3_000_000_000];
  assert.deepEqual(await plansOf((noted) => sumUsage(noted, { bounds })), byTime);
  assert.deepEqual(await plansOf((noted) => listHourly(noted, { keyId: 1, by: ['hour'] })), [
    'SEARCH hourly USING PRIMARY KEY (account_id=? AND hour>? AND hour<?)',
  ]);
  assert.deepEqual(await plansOf((noted) => listHourly(noted, { by: ['hour'] })), [
    'SEARCH hourly USING INDEX hourly_by_hour (hour>? AND hour<?)',
  ]);
  // What other requests wait for at most.
  assert.equal(longest, 5000);
});

/** A statement finds its rows by an index in their order, or ends after a named number of them. */
function assertBounded(connection: Connection, sql: string, name: string): void {
  for (const row of nonEmpty(connection.all(`EXPLAIN QUERY PLAN ${sql}`))) {
    const step = String(row.detail);
    assert.doesNotMatch(step, /TEMP B-TREE FOR (ORDER|DISTINCT)/, `${name}: ${sql}`);
    assert.doesNotMatch(
      step,
      /^SCAN (records|usage_quarters|hourly)(?! USING COVERING INDEX records_by_time$)(?! USING INDEX records_by_time$)/,
      `${name}: ${sql}`,
    );
  }
}
