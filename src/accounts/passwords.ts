/** Hashes and verifies passwords (argon2id); verification costs the same whether the user exists or not. */
import { hash, verify } from '@node-rs/argon2';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** Stands for the hash of an account that has no password: no password fits it. */
export const noPassword = '';

export class Passwords {
  readonly #random: RandomBytes;
  readonly #decoy: Promise<string>;
  #running = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
    this.#decoy = this.#hash(Buffer.from(random(32)).toString('hex'));
    // A failure is the business of whoever waits for it.
    this.#decoy.catch(() => undefined);
  }

  /**
   * @returns the argon2id hash in PHC string form
   * @throws HalleyError('too_many_attempts') when too many hashes are being made
   */
  async hash(password: string): Promise<string> {
    return this.#bounded(() => this.#hash(password));
  }

  /**
   * Whether the password fits. For `undefined` (there is no such user) and `noPassword` it does the same work
   * and answers false.
   * @throws HalleyError('too_many_attempts') when too many hashes are being made
   */
  async fits(password: string, passwordHash: string | undefined): Promise<boolean> {
    return this.#bounded(async () => {
      const known = passwordHash !== undefined && passwordHash !== noPassword;
      const right = await verify(known ? passwordHash : await this.#decoy, canonical(password));
      return known && right;
    });
  }

  #hash(password: string): Promise<string> {
    return hash(canonical(password), { ...cost, salt: this.#random(16) });
  }

  /** Each hash takes 19 MiB and a thread: a crowd is turned away rather than let in to starve the rest. */
  async #bounded<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= limits.password_hashes_max) {
      throw new HalleyError('too_many_attempts', { headers: { 'retry-after': '1' } });
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}

/** RFC 8265, OpaqueString: one password may be typed as several sequences of code points. */
function canonical(password: string): string {
  return password.normalize('NFC');
}
