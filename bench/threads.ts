/** Reads the CPU time of a process from /proc, by what its threads do. */
import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of a process. The unit is that of the context: milliseconds, or microseconds per request. */
export interface ThreadTimes {
  /** The thread with the event loop. */
  readonly main: number;
  /** The worker thread that a gateway starts first: that of the ledger. On PostgreSQL there is none. */
  readonly ledger: number;
  readonly workers: number;
  /** V8's own threads, which collect garbage and compile. */
  readonly engine: number;
  /** libuv's pool: files, name look-ups, passwords. */
  readonly pool: number;
  readonly others: number;
}

type ThreadKind = keyof ThreadTimes;

const kinds: readonly ThreadKind[] = ['main', 'ledger', 'workers', 'engine', 'pool', 'others'];

/** Node gives its threads these names. */
function kindOf(name: string): ThreadKind {
  if (name.startsWith('WorkerThread')) return 'workers';
  if (/V8Worker|DelayedTask/.test(name)) return 'engine';
  return name.startsWith('libuv') ? 'pool' : 'others';
}

const timesOf = (of: (kind: ThreadKind) => number): ThreadTimes => ({
  main: of('main'),
  ledger: of('ledger'),
  workers: of('workers'),
  engine: of('engine'),
  pool: of('pool'),
  others: of('others'),
});

/** Returns the milliseconds since the start of the process. Threads that have ended are not included. */
export function threadTimes(pid: number): ThreadTimes {
  const ms = { main: 0, ledger: 0, workers: 0, engine: 0, pool: 0, others: 0 };
  let hasLedger = false;
  // In the order in which the threads were started. The first one has the id of the process.
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  for (const thread of threads.sort((a, b) => a - b)) {
    const directory = `/proc/${pid}/task/${thread}`;
    const [nanoseconds] = readFileSync(`${directory}/schedstat`, 'latin1').split(' ');
    let kind: ThreadKind = thread === pid ? 'main' : kindOf(readFileSync(`${directory}/comm`, 'latin1'));
    if (kind === 'workers' && !hasLedger) {
      kind = 'ledger';
      hasLedger = true;
    }
    ms[kind] += Number(nanoseconds) / 1e6;
  }
  return ms;
}

export const totalTime = (times: ThreadTimes): number => kinds.reduce((sum, kind) => sum + times[kind], 0);

/** Returns what each kind of thread used between two readings, multiplied by `factor`. */
export const timesBetween = (from: ThreadTimes, to: ThreadTimes, factor: number): ThreadTimes =>
  timesOf((kind) => (to[kind] - from[kind]) * factor);

/** Applies `combine`, such as a median, to each kind of thread by itself. */
export const combinedTimes = (
  all: readonly ThreadTimes[],
  combine: (values: readonly number[]) => number,
): ThreadTimes => timesOf((kind) => combine(all.map((times) => times[kind])));

/** Returns `main 91, ledger 22, engine 3`. Kinds of threads that did nothing are left out. */
export function threadText(times: ThreadTimes): string {
  const used = kinds.filter((kind) => kind === 'main' || times[kind] >= 0.5);
  return used.map((kind) => `${kind} ${times[kind].toFixed(0)}`).join(', ');
}
