/** Starts the measured processes, reads their figures from /proc, and stops them when the bench ends. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { familyOf, type ThreadTimes, threadTimes } from './threads.ts';

const alive = new Set<Child>();
const stopWaitMs = 10_000;
const startWaitMs = 60_000;

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly #exited: Promise<void>;

  /**
   * Starts this Node on `args`, or another program that becomes one. With `'ipc'` in the options' stdio it can exchange
   * messages.
   */
  constructor(name: string, args: readonly string[], options: SpawnOptions & { readonly program?: string }) {
    const { program = process.execPath, ...spawning } = options;
    this.name = name;
    this.process = spawn(program, args, spawning);
    alive.add(this);
    this.#exited = new Promise((resolve) => {
      this.process.once('exit', () => {
        alive.delete(this);
        resolve();
      });
    });
    this.process.once('error', () => alive.delete(this));
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Returns the first message of the process. Rejects when the process ends first, or takes longer than `waitMs`. */
  firstMessage(waitMs = startWaitMs): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.name} did not answer in time`)), waitMs);
      this.process.once('message', (message) => {
        clearTimeout(late);
        resolve(message);
      });
      this.process.once('exit', (code) => {
        clearTimeout(late);
        reject(new Error(`${this.name} ended too soon with code ${code}`));
      });
    });
  }

  /** CPU time of the threads since the start, in milliseconds. Includes processes that this one has started. */
  cpuMs(): ThreadTimes {
    return threadTimes(this.pid);
  }

  get pid(): number {
    const { pid } = this.process;
    if (pid === undefined) throw new Error(`${this.name} could not be started`);
    return pid;
  }

  /** Adds up a size of the process and those that it has started. */
  #statusBytes(field: string): number {
    const sizes = familyOf(this.pid).map((pid) => {
      const text = readFileSync(`/proc/${pid}/status`, 'latin1');
      const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
      if (kibibytes === undefined) throw new Error(`/proc says nothing of ${field}`);
      return Number(kibibytes) * 1024;
    });
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Present resident memory in bytes. */
  rssBytes(): number {
    return this.#statusBytes('VmRSS');
  }

  /** Highest resident memory in bytes, since the start or the last `resetPeak`. */
  peakBytes(): number {
    return this.#statusBytes('VmHWM');
  }

  resetPeak(): void {
    // 5 is what sets VmHWM back to the present size: see proc_pid_clear_refs(5).
    for (const pid of familyOf(this.pid)) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  }

  /** Ends the process with SIGTERM, and after ten seconds with SIGKILL. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    this.process.kill('SIGTERM');
    const force = setTimeout(() => this.process.kill('SIGKILL'), stopWaitMs);
    await this.#exited;
    clearTimeout(force);
  }
}

/** The processes that are running now. */
export const running = (): ReadonlySet<Child> => new Set(alive);

/** Kills every process except `kept` without waiting. */
export function killAll(kept: ReadonlySet<Child> = new Set()): void {
  for (const child of alive) if (!kept.has(child)) child.process.kill('SIGKILL');
}

/** Starts a server of the bench and returns its port. */
export async function startServer(
  file: string,
  args: readonly string[],
): Promise<{ child: Child; port: number }> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = new Child(file, [path, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const message = await child.firstMessage();
  if (typeof message !== 'object' || message === null || !('port' in message)) {
    throw new Error(`${file} announced no port`);
  }
  return { child, port: Number(message.port) };
}
