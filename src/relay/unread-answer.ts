/** An answer that was handed over whole, of which the client may not have read all. */
import type { AccessRecord } from '../access/access-record.ts';
import type { RequestFacts } from '../access/checks.ts';
import type { Flight } from '../access/flights.ts';
import type { AnswerConnection } from '../http/connection.ts';
import type { Clock } from '../platform/clock.ts';
import type { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

export interface UnreadAnswerOptions extends Pick<Flight, 'keyId' | 'accountId' | 'facts'> {
  readonly connection: AnswerConnection;
  readonly clock: Clock;
}

export class UnreadAnswer implements Flight {
  readonly keyId: number;
  readonly accountId: number;
  readonly facts: RequestFacts;
  readonly #connection: AnswerConnection;
  readonly #clock: Clock;
  readonly #since: number;

  constructor({ keyId, accountId, facts, connection, clock }: UnreadAnswerOptions) {
    this.keyId = keyId;
    this.accountId = accountId;
    this.facts = facts;
    this.#connection = connection;
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** It is charged already. */
  async cover(_record: AccessRecord): Promise<HalleyError | undefined> {
    return undefined;
  }

  async cut(_error: HalleyError, withinMs: number): Promise<void> {
    const isRead = this.#clock.monotonic() - this.#since > limits.answer_read_ms;
    if (withinMs === 0 || isRead) this.#connection.reset();
    else await this.#connection.endInOrder(withinMs);
  }
}
