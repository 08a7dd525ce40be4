/** Bounds the bytes of request bodies held in memory at one time, in total and for each sender. */
import { HalleyError } from '../platform/errors.ts';
import type { Settings } from '../platform/settings/schema.ts';

/** So many senders are kept, also those without a body. */
const sendersKept = 1000;

export interface BodyBudgetOptions {
  readonly bytesMax: number;
  /** For one API key, and for one client network. */
  readonly senderBytesMax: number;
}

export function bodyBudgetOf(settings: Settings['http']): BodyBudget {
  const { bodies_bytes_max: bytesMax, sender_bodies_bytes_max: senderBytesMax } = settings;
  return new BodyBudget({ bytesMax, senderBytesMax });
}

/** The share of one body in the budget. */
export interface BodyShare {
  /**
   * Takes room for more bytes.
   * @throws HalleyError('bodies_full'), `sender_bodies_full`
   */
  take(bytes: number): void;
  /** Releases all of it. Safe to call again. */
  release(): void;
}

export class BodyBudget {
  readonly #options: BodyBudgetOptions;
  #bytes = 0;
  /** Those whose bodies are gone stay until there are many: see platform/bag.ts for what removing each would cost. */
  #bySender = new Map<string, number>();
  #sendersMax = sendersKept;

  constructor(options: BodyBudgetOptions) {
    this.#options = options;
  }

  /** Bytes in memory now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param senders whom the body counts for, such as `key 7` and `network 192.0.2.1` */
  share(senders: readonly string[]): BodyShare {
    let own = 0;
    return {
      take: (bytes) => {
        this.#check(senders, bytes);
        own += bytes;
        this.#add(senders, bytes);
      },
      release: () => {
        this.#add(senders, -own);
        own = 0;
      },
    };
  }

  #check(senders: readonly string[], bytes: number): void {
    const { bytesMax, senderBytesMax } = this.#options;
    if (senders.some((sender) => (this.#bySender.get(sender) ?? 0) + bytes > senderBytesMax)) {
      throw new HalleyError('sender_bodies_full');
    }
    if (this.#bytes + bytes > bytesMax) throw new HalleyError('bodies_full');
  }

  #add(senders: readonly string[], bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes;
    for (const sender of senders) {
      const now = (this.#bySender.get(sender) ?? 0) + bytes;
      this.#bySender.set(sender, now);
    }
    if (this.#bySender.size > this.#sendersMax) this.#forgetIdle();
  }

  #forgetIdle(): void {
    this.#bySender = new Map([...this.#bySender].filter(([, bytes]) => bytes > 0));
    this.#sendersMax = Math.max(sendersKept, this.#bySender.size * 2);
  }
}
