/**
 * Holds the listening socket and runs the gateway in a child process, which it replaces on SIGHUP. New connections
 * wait in the socket's accept queue meanwhile, so none is refused. It passes the socket on as systemd does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { BoundSocket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { handleSignals } from './signals.ts';

export interface SupervisorOptions {
  /** Program and arguments of the child. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `host:port`. */
  readonly listen: string;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'error'>;
  /**
   * Called before the supervisor stops a working child.
   * @throws when a new child would not start
   */
  readonly check: () => void;
}

/** LISTEN_PID must be the child's own process id. Only a shell inside the child knows it, and `exec` keeps it. */
const script = 'LISTEN_PID=$$ exec "$@"';

async function bind(hostPort: string): Promise<BoundSocket> {
  const colon = hostPort.lastIndexOf(':');
  const { address } = await lookup(hostPort.slice(0, colon).replace(/^\[(.*)\]$/, '$1'));
  return new BoundSocket({ host: address, port: Number(hostPort.slice(colon + 1)) });
}

class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #socket: BoundSocket;
  #child: ChildProcess | undefined;
  #isRestarting = false;
  #isStopping = false;

  constructor(options: SupervisorOptions, socket: BoundSocket) {
    this.#options = options;
    this.#socket = socket;
  }

  /** @returns the exit code of the child that ended without being replaced */
  async run(): Promise<number> {
    for (;;) {
      const code = await this.#runChild();
      if (!this.#isRestarting) return code;
      this.#isRestarting = false;
    }
  }

  #runChild(): Promise<number> {
    const { command, env } = this.#options;
    const child = spawn('/bin/sh', ['-c', script, 'halley', ...command], {
      env: { ...env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'halley' },
      // The child notices the end of this process when the IPC channel closes, even after SIGKILL.
      stdio: ['inherit', 'inherit', 'inherit', this.#socket.fd(), 'ipc'],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      // A child that ends by the requested signal before it installed its handler has ended as requested.
      child.once('exit', (code, signal) =>
        resolve(code ?? (this.#isStopping && signal === 'SIGTERM' ? 0 : 1)),
      );
    });
  }

  stop(): void {
    this.#isRestarting = false;
    this.#isStopping = true;
    this.#child?.kill('SIGTERM');
  }

  restart(): void {
    const { check, log } = this.#options;
    if (this.#isRestarting) return;
    try {
      check();
    } catch (error) {
      log.error({ error }, 'no restart: the settings are not valid');
      return;
    }
    log.info({}, 'restarting');
    this.#isRestarting = true;
    this.#child?.kill('SIGTERM');
  }
}

/**
 * Resolves when the child has ended without being replaced.
 * @returns its exit code
 * @throws the system's error, such as EADDRINUSE
 */
export async function supervise(options: SupervisorOptions): Promise<number> {
  const supervisor = new Supervisor(options, await bind(options.listen));
  const end = () => supervisor.stop();
  handleSignals({ end, endNow: end, reload: () => supervisor.restart() }, options.clock);
  return supervisor.run();
}
