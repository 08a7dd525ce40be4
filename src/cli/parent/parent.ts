/**
 * The parent of the workers: it holds the listening sockets, passes connections on, replaces workers that end by
 * themselves, and replaces all of them one after the other on SIGHUP.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { FromWorker, SocketName } from '../../platform/parent-messages.ts';
import type { Settings } from '../../platform/settings/schema.ts';
import { workersOf } from '../../platform/settings/worker-settings.ts';
import type { Acceptor } from './acceptor.ts';
import { MetricsRelay } from './metrics-relay.ts';
import { failuresAfter, restartDelayMs } from './restart-delay.ts';
import { type WorkerEnd, WorkerProcess } from './worker-process.ts';

export interface ParentOptions {
  /** Program and arguments of a worker. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: Settings;
  /** Reads the settings anew. @throws when a new worker would not start with them */
  readonly reload: () => Settings;
  readonly acceptors: Readonly<Record<SocketName, Acceptor | undefined>>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export class Parent {
  readonly #options: ParentOptions;
  #settings: Settings;
  readonly #workers = new Set<WorkerProcess>();
  readonly #metrics: MetricsRelay;
  readonly #done = Promise.withResolvers<number>();
  #code = 0;
  /** Why the parent ends by itself. */
  #failure: unknown;
  #isStopping = false;
  /** Workers that a restart under way has yet to replace; undefined = neither a start nor a restart is under way. */
  #replacing: Set<WorkerProcess> | undefined = new Set();
  #mustRestartAgain = false;
  /** Workers that are started again after a delay. */
  #delayed = 0;

  constructor(options: ParentOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#metrics = new MetricsRelay(options.clock);
  }

  /**
   * @returns the exit code, when every worker has ended
   * @throws the system's error when it cannot listen
   */
  async run(): Promise<number> {
    const code = (await this.#startOne(true)) ?? (await this.#startRest());
    if (code === undefined) this.#onReplaced();
    else this.#giveUp(code);
    return this.#done.promise;
  }

  get #count(): number {
    return workersOf(this.#settings);
  }

  /** The first worker is alone: it may have to create the schema, the first account and the server secret. */
  async #startRest(): Promise<number | undefined> {
    const codes = await Promise.all(Array.from({ length: this.#missing }, () => this.#startOne(false)));
    return codes.find((code) => code !== undefined);
  }

  get #missing(): number {
    return Math.max(0, this.#count - this.#workers.size - this.#delayed);
  }

  /** @returns undefined once it serves, else its exit code */
  async #startOne(announces: boolean, failures = 0): Promise<number | undefined> {
    if (this.#isStopping) return undefined;
    return (await this.#spawn(announces, failures).start())?.code;
  }

  #spawn(announces: boolean, failures: number): WorkerProcess {
    const { command, env, clock, acceptors } = this.#options;
    const taken = new Set([...this.#workers].map(({ number }) => number));
    let number = 1;
    while (taken.has(number)) number += 1;
    const worker = new WorkerProcess({
      ...{ command, env, clock, failures },
      place: { number, announces, hasMetricsSocket: acceptors.metrics !== undefined },
      onMessage: (from, message) => this.#onMessage(from, message),
    });
    this.#workers.add(worker);
    void worker.ended.then((end) => this.#onEnded(worker, end));
    return worker;
  }

  #onMessage(worker: WorkerProcess, message: FromWorker): void {
    switch (message.do) {
      case 'serving':
        this.#options.log.info({ worker: worker.number, pid: worker.pid }, 'a worker serves');
        break;
      case 'take':
        this.#join(worker, message.socket).catch((error: unknown) => {
          this.#failure = error;
          this.stop();
        });
        break;
      case 'taken':
        this.#options.acceptors[message.socket]?.onTaken(worker);
        break;
      case 'leave':
        void this.#leave(worker, message.socket);
        break;
      case 'ask': {
        const { id } = message;
        const others = [...this.#workers].filter((each) => each !== worker && each.isServing);
        this.#metrics.ask(others, (texts) => worker.send({ do: 'answers', id, texts }));
        break;
      }
      case 'answer':
        this.#metrics.onAnswer(worker, message.id, message.text);
    }
  }

  async #join(worker: WorkerProcess, socket: SocketName): Promise<void> {
    const acceptor = this.#options.acceptors[socket];
    const hostPort = this.#isStopping ? undefined : await acceptor?.join(worker);
    worker.send({ do: 'taking', socket, hostPort: hostPort ?? '' });
  }

  async #leave(worker: WorkerProcess, socket: SocketName): Promise<void> {
    const acceptor = this.#options.acceptors[socket];
    // When all end, the last connections of the queue still go to them.
    if (this.#isStopping) await acceptor?.close();
    acceptor?.leave(worker);
    worker.send({ do: 'left', socket });
  }

  #onEnded(worker: WorkerProcess, { code, signal, error }: WorkerEnd): void {
    const { acceptors, log } = this.#options;
    this.#workers.delete(worker);
    this.#metrics.onEnded(worker);
    for (const acceptor of [acceptors.main, acceptors.metrics]) acceptor?.leave(worker);
    if (this.#isStopping) {
      this.#code ||= code;
      if (this.#workers.size === 0) this.#finish();
      return;
    }
    if (error) log.error({ error }, 'the system did not start a worker');
    if (!worker.isServing || this.#replacing?.has(worker)) return;
    const failures = failuresAfter(worker.failures, worker.servedMs);
    const delayMs = restartDelayMs(failures);
    log.error(
      { worker: worker.number, code, signal, delay_ms: delayMs },
      'a worker ended by itself; another one starts after a delay',
    );
    this.#startLater(failures, delayMs);
  }

  #startLater(failures: number, delayMs: number): void {
    this.#delayed += 1;
    this.#options.clock.after(delayMs, () => {
      this.#delayed -= 1;
      void this.#startOne(false, failures).then((code) => {
        if (code === undefined || this.#isStopping) return;
        const next = restartDelayMs(failures + 1);
        this.#options.log.error(
          { code, delay_ms: next },
          'a worker did not start; another one starts after a delay',
        );
        this.#startLater(failures + 1, next);
      });
    });
  }

  /** Nothing can serve: ends with the code of the worker that did not start, which has said why. */
  #giveUp(code: number): void {
    this.#code = code;
    this.stop();
  }

  #finish(): void {
    if (this.#failure === undefined) this.#done.resolve(this.#code);
    else this.#done.reject(this.#failure);
  }

  /** Ends all workers. A second call hurries them. */
  stop(): void {
    this.#isStopping = true;
    for (const worker of this.#workers) worker.end();
    if (this.#workers.size === 0) this.#finish();
  }

  /** Replaces all workers, with new code and changed settings. */
  restart(): void {
    const { reload, log } = this.#options;
    if (this.#isStopping) return;
    if (this.#replacing) {
      this.#mustRestartAgain = true;
      return;
    }
    const usedPostgres = this.#settings.database.url !== undefined;
    try {
      const settings = reload();
      if ((settings.database.url !== undefined) !== usedPostgres) {
        log.error({}, 'no restart: to change between SQLite and PostgreSQL, stop Halley and start it again');
        return;
      }
      this.#settings = settings;
    } catch (error) {
      log.error({ error }, 'no restart: the settings are not valid');
      return;
    }
    log.info({}, 'restarting');
    this.#replacing = new Set(this.#workers);
    void this.#replaceAll(this.#replacing).then(() => this.#onReplaced());
  }

  #onReplaced(): void {
    this.#replacing = undefined;
    if (this.#isStopping) return;
    if (this.#mustRestartAgain) {
      this.#mustRestartAgain = false;
      this.restart();
    } else for (let missing = this.#missing; missing > 0; missing -= 1) this.#startLater(1, 0);
  }

  /**
   * With PostgreSQL a new worker serves before the old one ends. One process alone can use SQLite, so there the old one
   * ends first, and connections wait meanwhile.
   */
  async #replaceAll(replacing: Set<WorkerProcess>): Promise<void> {
    const { log } = this.#options;
    const canOverlap = this.#settings.database.url !== undefined;
    const olds = [...replacing];
    const turns = Math.max(olds.length, this.#count);
    for (let turn = 0; turn < turns; turn += 1) {
      const isFirst = turn === 0;
      const mustStart = turn < this.#count;
      if (canOverlap && mustStart) {
        const code = await this.#startOne(isFirst);
        if (code !== undefined) {
          log.error({ code }, 'the restart ends: the new worker did not start');
          return;
        }
      }
      const old = olds[turn];
      if (old) await this.#endOne(old, replacing);
      if (!canOverlap && mustStart) {
        const code = await this.#startOne(isFirst);
        if (code !== undefined) this.#giveUp(code);
      }
      if (this.#isStopping) return;
    }
  }

  async #endOne(worker: WorkerProcess, replacing: Set<WorkerProcess>): Promise<void> {
    if (!this.#isStopping) worker.end();
    await worker.ended;
    replacing.delete(worker);
  }
}
