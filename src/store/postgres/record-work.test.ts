/** How many rows the first page of each filter reads, as PostgreSQL itself counts them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { connectionOf, freshDatabase } from '../../../tests/support/postgres-database.ts';
import {
  fewRecords,
  grown,
  manyRecords,
  workBounds,
  workFilters,
  workRecords,
} from '../contract/record-work.ts';
import type { Parameters, Statement } from '../statement.ts';
import { Database, type Queryable } from './connection.ts';
import { listRecords, sumRecords } from './records.ts';

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

const tables = ['records', 'usage_quarters', 'hourly'] as const;

/** The rows that a plan has read of a table. */
function rowsIn(node: PlanNode, table: string): number {
  const {
    'Actual Rows': rows,
    'Actual Loops': loops,
    'Rows Removed by Filter': removed = 0,
    Plans = [],
  } = node;
  const own = node['Relation Name'] === table ? (rows + removed) * loops : 0;
  return Plans.reduce((sum, plan) => sum + rowsIn(plan, table), own);
}

/** Runs each statement, and once more to count the rows that it reads. */
function counting(database: Database, count: (table: string, rows: number) => void): Queryable {
  return new Proxy(database, {
    get(target, name: keyof Queryable) {
      const method: unknown = target[name];
      if (typeof method !== 'function') return method;
      return async (statement: Statement<Parameters, unknown>, ...given: readonly [Parameters?]) => {
        const explain = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${statement.postgres}`;
        const row = await target.one(explain, ...statement.bind(given[0] ?? {}));
        const [explained] = row['QUERY PLAN'] as unknown as readonly [{ readonly Plan: PlanNode }];
        for (const table of tables) count(table, rowsIn(explained.Plan, table));
        return Reflect.apply(method, target, [statement, ...given]) as unknown;
      };
    },
  });
}

test('the first page of no filter reads more rows of 200,000 records than of 20,000', async (t) => {
  const database = new Database(connectionOf(await freshDatabase()));
  t.after(() => database.close());
  const { countMax, lookMax } = workBounds;
  const measure = async (records: number) => {
    const rows = new Map<string, number>();
    for (const [name, filter] of nonEmpty(Object.entries(workFilters(records)))) {
      const db = counting(database, (_, count) => rows.set(name, (rows.get(name) ?? 0) + count));
      await listRecords(db, filter, workBounds, countMax, lookMax);
    }
    return rows;
  };
  // The totals are written by a statement each.
  await database.run('ALTER TABLE records DISABLE TRIGGER records_are_counted');
  const fill = async (from: number, to: number) => {
    for (const sql of workRecords(`generate_series(${from}, ${to}) AS s (n)`, from, to))
      await database.run(sql);
    for (const table of tables) await database.run(`VACUUM ANALYZE ${table}`);
  };
  await fill(1, fewRecords);
  const few = await measure(fewRecords);
  await fill(fewRecords + 1, manyRecords);
  assert.deepEqual(grown(few, await measure(manyRecords)), []);
  // Sums that totals know read records of the ends of the time only.
  const {
    'a rare group': group,
    'a rare channel': channel,
    'a rare model': model,
  } = workFilters(manyRecords);
  for (const filter of nonEmpty([group, channel, model])) {
    let read = 0;
    const db = counting(database, (table, rows) => {
      if (table === 'records') read += rows;
    });
    const { requests, stoppedAt } = await sumRecords(db, filter ?? {}, lookMax);
    assert.deepEqual([requests, stoppedAt], [2, undefined]);
    assert.ok(read < 200, `${read} records`);
  }
});
