/**
 * Hashes and verifies passwords (argon2id); verification costs the same whether the user exists or not. Hashes of other
 * gateways (bcrypt) are verified too, until the account signs in.
 */
import { hash, verify } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import { isForeignHash, isVerifiable } from '../domain/password-hash.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** Stored instead of a hash for an account without a password. No password matches it. */
export const noPassword = '';

export class Passwords {
  readonly #random: RandomBytes;
  readonly #decoy: Promise<string>;
  #running = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
    this.#decoy = this.#hash(Buffer.from(random(32)).toString('hex'));
    // The caller that awaits the promise handles its failure. This avoids an unhandled rejection.
    this.#decoy.catch(() => undefined);
  }

  /**
   * @returns the argon2id hash in PHC string form
   * @throws HalleyError('too_many_attempts') when too many passwords are being hashed
   */
  async hash(password: string): Promise<string> {
    return this.#bounded(() => this.#hash(password));
  }

  /**
   * Checks a password. For `undefined` (no such user) and `noPassword` it does the same work and returns false.
   * @throws HalleyError('too_many_attempts') when too many passwords are being hashed
   */
  async fits(password: string, passwordHash: string | undefined): Promise<boolean> {
    return this.#bounded(async () => {
      const known = passwordHash !== undefined && isVerifiable(passwordHash);
      if (known && isForeignHash(passwordHash)) return verifyBcrypt(password, passwordHash);
      const right = await verify(known ? passwordHash : await this.#decoy, canonical(password));
      return known && right;
    });
  }

  #hash(password: string): Promise<string> {
    return hash(canonical(password), { ...cost, salt: this.#random(16) });
  }

  /** Each hash takes 19 MiB and a thread. Refusing excess logins protects all other requests. */
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

/** Normalizes as RFC 8265, OpaqueString: users can type the same password as different code point sequences. */
function canonical(password: string): string {
  return password.normalize('NFC');
}
