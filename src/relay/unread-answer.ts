/** An answer that was handed over whole, of which the client may not have read all. */
import type { AccessRecord } from '../access/access-record.ts';
import type { RequestFacts } from '../access/checks.ts';
import type { Flight } from '../access/flights.ts';
import type { AnswerConnection } from '../http/connection.ts';
import type { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

export interface UnreadAnswerOptions extends Pick<Flight, 'keyId' | 'accountId' | 'facts'> {
  readonly connection: AnswerConnection;
  /** Of its body. */
  readonly bytes: number;
}

export class UnreadAnswer implements Flight {
  readonly keyId: number;
  readonly accountId: number;
  readonly facts: RequestFacts;
  readonly #connection: AnswerConnection;
  readonly #bytes: number;
  #isRead = false;

  constructor({ keyId, accountId, facts, connection, bytes }: UnreadAnswerOptions) {
    this.keyId = keyId;
    this.accountId = accountId;
    this.facts = facts;
    this.#connection = connection;
    this.#bytes = bytes;
  }

  /** The client has asked for something else since. */
  markRead(): void {
    this.#isRead = true;
  }

  /** It is charged already. */
  async cover(_record: AccessRecord): Promise<HalleyError | undefined> {
    return undefined;
  }

  async cut(_error: HalleyError, withinMs: number): Promise<void> {
    const queue = await this.#connection.sendQueue();
    // Its connection may serve others by now, and a client that has everything loses nothing by the revocation.
    const isTaken = queue ? queue.bytes === 0 : this.#bytes <= limits.answer_taken_bytes;
    if (this.#isRead || isTaken) return;
    if (withinMs === 0) this.#connection.reset();
    else await this.#connection.deliver(withinMs);
  }
}
