/** Measures queries over ten million records against the same queries over ten thousand. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { recordsAsCsv } from '../../src/management/logs/csv.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { limits } from '../../src/platform/limits.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { verifyDatabase } from '../../src/store/sqlite/verify-database.ts';
import type { Store } from '../../src/store/store.ts';
import type { Bench, Scenario } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import { days, rareModel, seededFrom, seedRecords } from '../seed-records.ts';

const page = { offset: 0, limit: 20 };
const asked = 7;
const countMax = limits.records_counted_max;
const middle = seededFrom + (days / 2) * 86_400;
const latest = seededFrom + days * 86_400;

interface Question {
  readonly name: string;
  /** In milliseconds; absent for figures that are only reported. */
  readonly bound?: number;
  ask(store: Store, time: number): Promise<unknown>;
}

const questions: readonly Question[] = [
  {
    name: 'first page of an account',
    bound: 50,
    ask: (s) => s.listRecords({ accountId: 7 }, page, countMax),
  },
  {
    name: 'page 100 of an account',
    bound: 50,
    ask: (s) => s.listRecords({ accountId: 7 }, { ...page, offset: 1980 }, countMax),
  },
  { name: 'first page of all', bound: 50, ask: (s) => s.listRecords({}, page, countMax) },
  { name: 'first page of a key', bound: 50, ask: (s) => s.listRecords({ keyId: 70 }, page, countMax) },
  {
    name: 'a day in the middle, of all',
    bound: 50,
    ask: (s) => s.listRecords({ from: middle, to: middle + 86_399 }, page, countMax),
  },
  {
    name: 'errors of an account',
    bound: 50,
    ask: (s) => s.listRecords({ accountId: 7, type: 5 }, page, countMax),
  },
  {
    name: 'one request id',
    bound: 5,
    ask: (s, n) => s.listRecords({ requestId: requestId(n) }, page, countMax),
  },
  { name: 'a usual model, of all', ask: (s) => s.listRecords({ model: 'model-3' }, page, countMax) },
  {
    name: 'a rare model, of all',
    bound: 50,
    ask: (s) => s.listRecords({ model: rareModel }, page, countMax),
  },
  {
    name: 'a model, and a group, that was never used',
    bound: 5,
    async ask(s) {
      await s.listRecords({ model: 'never' }, page, countMax);
      await s.listRecords({ group: 'never' }, page, countMax);
    },
  },
  {
    name: 'models by a pattern, of which none was used',
    bound: 50,
    ask: (s) => s.listRecords({ model: 'x%' }, page, countMax),
  },
  { name: 'a usual group, of all', ask: (s) => s.listRecords({ group: 'default' }, page, countMax) },
  {
    name: 'a name of a key that there is not',
    ask: (s) => s.listRecords({ keyName: 'never' }, page, countMax),
  },
  {
    name: 'a model that only others use, of an account',
    ask: (s) => s.listRecords({ accountId: 7, model: 'model-1' }, page, countMax),
  },
  {
    name: 'a rare model of an account',
    ask: (s) => s.listRecords({ accountId: 7, model: rareModel }, page, countMax),
  },
  { name: 'sum of an account, all time', bound: 100, ask: (s) => s.sumRecords({ accountId: 7 }) },
  {
    name: 'sum of a rare model, all time',
    bound: 50,
    ask: (s) => s.sumRecords({ model: rareModel }),
  },
  { name: 'sum of a usual group, all time', ask: (s) => s.sumRecords({ group: 'default' }) },
  { name: 'sum of all, all time', ask: (s) => s.sumRecords({}) },
  {
    name: 'hourly data of an account, 30 days',
    bound: 100,
    ask: (s) => s.listHourly({ accountId: 7, from: middle, to: middle + 30 * 86_400, by: ['hour', 'model'] }),
  },
  {
    name: 'hourly data of all, 30 days',
    ask: (s) => s.listHourly({ from: middle, to: middle + 30 * 86_400, by: ['hour', 'model'] }),
  },
];

const requestId = (time: number) => `req-${String(1000 + time * 17).padStart(16, '0')}`;

/** Returns the median of several runs. */
async function timeOf(ask: Question['ask'], store: Store): Promise<number> {
  const taken: number[] = [];
  for (let time = 0; time < asked; time += 1) {
    const began = performance.now();
    await ask(store, time);
    taken.push(performance.now() - began);
  }
  return median(taken);
}

/** Measures how long a query that looks at as many records as it may blocks other work of the process. */
async function longestHold(store: Store): Promise<{ held: number; all: number }> {
  let held = 0;
  let last = performance.now();
  let running = true;
  const tick = () => {
    held = Math.max(held, performance.now() - last);
    last = performance.now();
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  const began = performance.now();
  await store.listRecords({ keyName: 'nobody has this name' }, page, countMax);
  running = false;
  return { held, all: performance.now() - began };
}

async function exportFigure(store: Store, rows: number): Promise<Figure> {
  const began = performance.now();
  let bytes = 0;
  let records = -1;
  // An hour at the usual load, or longer if there are few records an hour.
  const to = middle + Math.max(3600, Math.ceil((200_000 / rows) * days * 86_400));
  for await (const piece of recordsAsCsv(store, { from: middle, to }, limits.export_batch_records)) {
    bytes += piece.length;
    records += Buffer.from(piece).toString('latin1').split('\r\n').length - 1;
  }
  const seconds = (performance.now() - began) / 1000;
  const perSecond = `${Math.round(records / seconds)} records, ${(bytes / 1e6 / seconds).toFixed(0)} MB a second`;
  return { name: 'export, 1000 records', value: (seconds / records) * 1e6, unit: 'ms', detail: perSecond };
}

async function records(bench: Bench): Promise<Figure[]> {
  const rows = bench.quick ? 1_000_000 : 10_000_000;
  const [manyDir, fewDir] = [join(bench.scratch, 'records-many'), join(bench.scratch, 'records-few')];
  seedRecords(manyDir, rows);
  seedRecords(fewDir, 10_000);
  const began = performance.now();
  const differences = verifyDatabase(manyDir, 10);
  const verified = performance.now() - began;
  if (differences.length > 0) throw new Error(`the seeded ledger is wrong: ${JSON.stringify(differences)}`);
  const many = openSqliteStore({ dir: manyDir, clock: systemClock });
  const few = openSqliteStore({ dir: fewDir, clock: systemClock });
  const figures: Figure[] = [];
  for (const question of questions) {
    const [value, small] = [await timeOf(question.ask, many), await timeOf(question.ask, few)];
    const { name, bound } = question;
    const detail = `${rows} records; 10000: ${small.toFixed(2)} ms`;
    figures.push({ name, value, unit: 'ms', detail, ...(bound !== undefined && { bound }) });
  }
  figures.push(await exportFigure(many, rows));
  const { held, all } = await longestHold(many);
  figures.push({
    name: 'longest hold while records are looked through',
    value: held,
    unit: 'ms',
    bound: 100,
    detail: `a key name that there is not, in ${limits.records_searched_max} records: ${all.toFixed(0)} ms in all`,
  });
  figures.push({ name: 'verify', value: verified, unit: 'ms', detail: `${rows} records, all totals` });
  const removal = () => many.deleteRecordsBefore(latest, limits.removed_at_a_time);
  figures.push({
    name: `retention, ${limits.removed_at_a_time} records`,
    value: await timeOf(removal, many),
    unit: 'ms',
    bound: 100,
    detail: 'one transaction',
  });
  await many.close();
  await few.close();
  rmSync(manyDir, { recursive: true });
  return figures;
}

export const recordsScenario: Scenario = { name: 'records', anyRelay: false, run: records };
