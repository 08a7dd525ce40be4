/** Holds back the end of one response until its request record is durable. */
import type { Access } from '../access/access.ts';
import type { ClientResponse } from './client-response.ts';
import type { CommitTimeouts, Waiter } from './commit-timeouts.ts';

export interface HeldEndOptions {
  readonly response: ClientResponse;
  readonly commitTimeouts: CommitTimeouts;
  readonly access: Pick<Access, 'mayContinue'>;
  /** The record has taken too long: the response must end with an error. */
  readonly onLate: () => void;
}

export class HeldEnd implements Waiter {
  bagIndex = -1;
  waitsSince = 0;
  readonly #options: HeldEndOptions;
  #rest: Buffer | undefined;

  /** @param rest the last bytes of the response */
  constructor(options: HeldEndOptions, rest: Buffer | undefined) {
    this.#options = options;
    this.#rest = rest;
  }

  /** @param written resolves when the record is durable; never rejects */
  endAfter(written: Promise<void>): void {
    const { response, commitTimeouts, access } = this.#options;
    commitTimeouts.add(this);
    // Ends nothing when the response has ended meanwhile, by an abort or a timeout.
    void written.then(() => {
      commitTimeouts.remove(this);
      if (access.mayContinue()) response.end(this.#rest);
    });
  }

  onRecordLate(): void {
    // The promise may hold this object for long.
    this.#rest = undefined;
    this.#options.onLate();
  }
}
