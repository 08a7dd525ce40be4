/** Reads the CPU time of a process and its children from /proc, by what their threads do. */
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

/** Returns the text of a file below /proc, which is empty when its thread has just ended. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

const threadsOf = (pid: number): number[] => readdirSync(`/proc/${pid}/task`).map(Number);

/** Returns the process and those that it has started, such as workers. */
export function familyOf(pid: number): readonly number[] {
  const children = threadsOf(pid).flatMap((thread) => {
    const text = readProc(`/proc/${pid}/task/${thread}/children`).trim();
    return text === '' ? [] : text.split(' ').map(Number);
  });
  return [pid, ...children.flatMap(familyOf)];
}

function addThreads(pid: number, ms: Record<ThreadKind, number>): void {
  let hasLedger = false;
  // In the order in which the threads were started. The first one has the id of the process.
  for (const thread of threadsOf(pid).sort((a, b) => a - b)) {
    const directory = `/proc/${pid}/task/${thread}`;
    const [nanoseconds] = readProc(`${directory}/schedstat`).split(' ');
    let kind: ThreadKind = thread === pid ? 'main' : kindOf(readProc(`${directory}/comm`));
    if (kind === 'workers' && !hasLedger) {
      kind = 'ledger';
      hasLedger = true;
    }
    ms[kind] += Number(nanoseconds) / 1e6;
  }
}

/**
 * Returns the milliseconds since the start, of the process and those that it has started. Threads and processes that
 * have ended are not included.
 */
export function threadTimes(pid: number): ThreadTimes {
  const ms = { main: 0, ledger: 0, workers: 0, engine: 0, pool: 0, others: 0 };
  for (const each of familyOf(pid)) addThreads(each, ms);
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
