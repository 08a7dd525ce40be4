/**
 * Runs one PostgreSQL for a test process and never lets it live longer: when its stdin closes, whatever ended
 * the test process, it kills PostgreSQL and removes its directory. Takes one command a line and answers each
 * with a line: `start`, `stop` (in order), `kill`, `pause`, `resume`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What the keeper is told, as JSON, by its one argument. */
export interface KeeperOrder {
  readonly command: string;
  readonly args: readonly string[];
  /** Gets what PostgreSQL writes. */
  readonly logFile: string;
  /** Removed in the end. */
  readonly dir: string;
  /** Numbers of the user and the group that PostgreSQL runs as; undefined = those of the keeper. */
  readonly owner?: number | undefined;
}

const order = JSON.parse(process.argv[2] ?? '') as KeeperOrder;
let server: ChildProcess | undefined;

function start(): void {
  const log = openSync(order.logFile, 'a');
  const { owner } = order;
  const started = spawn(order.command, order.args, {
    // A group of its own: the terminal's Ctrl-C is not for it.
    detached: true,
    stdio: ['ignore', log, log],
    ...(owner === undefined ? {} : { uid: owner, gid: owner }),
  });
  closeSync(log);
  server = started;
  started.on('error', () => ended(started));
  started.on('exit', () => ended(started));
}

function ended(started: ChildProcess): void {
  if (server !== started) return;
  server = undefined;
  say('ended');
}

/** The server and its backends, which are all children of it. The server is stopped first, so that none is added. */
function signalAll(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  const pid = server?.pid;
  if (pid === undefined) return;
  if (signal !== 'SIGCONT') send(pid, 'SIGSTOP');
  for (const child of childrenOf(pid)) send(child, signal);
  if (signal !== 'SIGSTOP') send(pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

function childrenOf(parent: number): readonly number[] {
  const found = process.platform === 'linux' ? linuxProcesses() : otherProcesses();
  return found.filter((each) => each.parent === parent).map((each) => each.pid);
}

/** Not by `ps`, which small images lack. */
function linuxProcesses(): { pid: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: linuxParent(name) }));
}

function linuxParent(pid: string): number {
  try {
    // pid (name) state parent …; the name may hold anything.
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S /s, '')
        .split(' ', 1)[0],
    );
  } catch {
    return 0;
  }
}

function otherProcesses(): { pid: number; parent: number }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, parent };
  });
}

function untilEnded(end: () => void): Promise<void> {
  const running = server;
  if (!running) return Promise.resolve();
  return new Promise((resolve) => {
    running.once('exit', () => resolve());
    end();
  });
}

const commands: Readonly<Record<string, () => Promise<void> | void>> = {
  start,
  stop: () => untilEnded(() => server?.kill('SIGINT')),
  kill: () => untilEnded(() => signalAll('SIGKILL')),
  pause: () => signalAll('SIGSTOP'),
  resume: () => signalAll('SIGCONT'),
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// The test process is gone: there is nobody to say anything to.
process.stdout.on('error', () => {});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

let queue = Promise.resolve();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  queue = queue.then(async () => {
    await commands[line]?.();
    say('done');
  });
});
lines.on('close', async () => {
  await untilEnded(() => signalAll('SIGKILL'));
  rmSync(order.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  process.exit(0);
});
