/** Listens for hints on a dedicated connection, and replaces the connection when it is lost. */
import type pg from 'pg';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { CoordinationListener } from '../coordination.ts';
import { acksChannel, changesChannel } from './revocation-log.ts';
import { answersChannel, questionsChannel, readAnswer, readQuestion } from './running-questions.ts';

/** How soon a lost connection is replaced, in milliseconds; the pause doubles up to the second. */
const firstPauseMs = 100;
const longestPauseMs = 2000;

const channels = [changesChannel, acksChannel, questionsChannel, answersChannel];

/** A network may drop every packet silently, so that the connection is probed regularly. */
const pingEveryMs = 3000;
const answerMs = 2000;

export class Follower {
  readonly #connect: () => Promise<pg.Client>;
  readonly #clock: Clock;
  readonly #listener: CoordinationListener;
  #client: pg.Client | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(connect: () => Promise<pg.Client>, clock: Clock, listener: CoordinationListener) {
    this.#connect = connect;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** @throws the error of the first connection; later ones are retried */
  async start(): Promise<void> {
    await this.#listen();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    const client = this.#client;
    this.#client = undefined;
    if (client) await this.#within(client, client.end()).catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const client = await this.#connect();
    if (this.#stopped) return void client.end().catch(() => undefined);
    let failed = false;
    const fail = (error: unknown): void => {
      if (failed) return;
      failed = true;
      drop(client);
      if (this.#client === client) this.#lost(error);
    };
    client.on('error', fail);
    client.on('end', () => fail(new Error('the connection was closed')));
    client.on('notification', ({ channel, payload }) => this.#heard(channel, payload ?? ''));
    try {
      await this.#within(client, client.query(channels.map((each) => `LISTEN ${each}`).join('; ')));
    } catch (error) {
      drop(client);
      throw error;
    }
    if (this.#stopped) return drop(client);
    // The connection may have been lost between the answer and this line.
    if (failed) throw new Error('the connection was closed');
    this.#client = client;
    this.#pingLater(client, fail);
    this.#listener.onHint();
  }

  #pingLater(client: pg.Client, fail: (error: unknown) => void): void {
    this.#timer = this.#clock.after(pingEveryMs, () => {
      this.#within(client, client.query('SELECT 1')).then(() => {
        if (this.#client === client) this.#pingLater(client, fail);
      }, fail);
    });
  }

  #heard(channel: string, payload: string): void {
    if (this.#stopped) return;
    switch (channel) {
      case changesChannel:
        this.#listener.onHint();
        break;
      case acksChannel:
        this.#acknowledged(payload);
        break;
      case questionsChannel:
        this.#listener.onAsked(readQuestion(payload));
        break;
      case answersChannel:
        this.#listener.onAnswered(readAnswer(payload));
    }
  }

  #acknowledged(payload: string): void {
    const [incarnation, seq] = payload.split(':').map(Number);
    if (Number.isSafeInteger(incarnation) && Number.isSafeInteger(seq)) {
      this.#listener.onAcknowledged(incarnation as number, seq as number);
    }
  }

  #lost(error: unknown): void {
    this.#client = undefined;
    this.#timer?.cancel();
    if (this.#stopped) return;
    this.#listener.onLost(error);
    this.#retry(firstPauseMs);
  }

  #retry(pauseMs: number): void {
    this.#timer = this.#clock.after(pauseMs, () => {
      this.#listen().catch(() => {
        if (!this.#stopped) this.#retry(Math.min(2 * pauseMs, longestPauseMs));
      });
    });
  }

  /** Rejects when the answer takes too long, and then drops the connection. */
  #within<Answer>(client: pg.Client, answer: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(answerMs, () => {
        drop(client);
        reject(new Error(`the database has not answered for ${answerMs} ms`));
      });
      answer.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

/** Closes a connection without a goodbye, which might never be answered. */
function drop(client: pg.Client): void {
  client.on('error', () => undefined);
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}
