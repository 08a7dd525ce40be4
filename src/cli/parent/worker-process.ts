/** One worker: a child process that runs `halley serve` on the connections that it is passed. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import type { FromParent, FromWorker, SocketName } from '../../platform/parent-messages.ts';
import { type WorkerPlace, workerVariables } from '../../platform/worker-place.ts';
import type { Taker } from './acceptor.ts';

export interface WorkerOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly place: WorkerPlace;
  readonly clock: Clock;
  /** How often in a row its predecessors ended soon. */
  readonly failures: number;
  readonly onMessage: (worker: WorkerProcess, message: FromWorker) => void;
}

/** How a worker ended: its exit code, the signal that killed it, or why the system did not start it. */
export interface WorkerEnd {
  readonly code: number;
  readonly signal?: NodeJS.Signals | null;
  readonly error?: Error;
}

export class WorkerProcess implements Taker {
  readonly number: number;
  readonly failures: number;
  readonly ended: Promise<WorkerEnd>;
  /** Whether it was asked to end. */
  isLeaving = false;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #serving = Promise.withResolvers<void>();
  #servingSince: number | undefined;

  constructor(options: WorkerOptions) {
    const { command, env, place, clock, failures, onMessage } = options;
    this.number = place.number;
    this.failures = failures;
    this.#clock = clock;
    const [program = '', ...args] = command;
    // The worker notices the end of this process when the channel closes, even after SIGKILL.
    this.#child = spawn(program, args, {
      env: { ...env, ...workerVariables(place) },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: FromWorker) => {
      if (message.do === 'serving') this.#onServing();
      onMessage(this, message);
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) resolve({ code: 1, error });
      });
      this.#child.once('exit', (code, signal) => {
        // A worker that ends by the requested signal before it installed its handler has ended as requested.
        resolve({ code: code ?? (this.isLeaving && signal === 'SIGTERM' ? 0 : 1), signal });
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  #onServing(): void {
    this.#servingSince = this.#clock.monotonic();
    this.#serving.resolve();
  }

  get isServing(): boolean {
    return this.#servingSince !== undefined && !this.isLeaving;
  }

  /** How long it has served. */
  get servedMs(): number {
    return this.#servingSince === undefined ? 0 : this.#clock.monotonic() - this.#servingSince;
  }

  /** @returns undefined once it serves; how it ended if it ends before */
  start(): Promise<WorkerEnd | undefined> {
    return Promise.race([this.#serving.promise.then(() => undefined), this.ended]);
  }

  send(message: FromParent): void {
    // The end of the process is noticed elsewhere.
    this.#child.send(message, () => undefined);
  }

  pass(socket: SocketName, connection: Socket): void {
    const message: FromParent = { do: 'connection', socket };
    this.#child.send(message, connection, (error) => {
      if (error) connection.destroy();
    });
  }

  /** Asks it to end. A second call hurries it. */
  end(): void {
    this.isLeaving = true;
    this.#child.kill('SIGTERM');
  }
}
