/**
 * Hashes and verifies passwords (argon2id); verification costs the same whether the user exists or not. Hashes of other
 * gateways (bcrypt) are verified too, until the account signs in.
 */
import { isForeignHash, isVerifiable } from '../domain/password-hash.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** Loaded with the first password. Most nodes never see one. */
const argon2 = () => import('@node-rs/argon2');
const bcrypt = () => import('@node-rs/bcrypt');

/** Stored instead of a hash for an account without a password. No password matches it. */
export const noPassword = '';

export class Passwords {
  readonly #random: RandomBytes;
  #decoy: Promise<string> | undefined;
  #running = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
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
      // Also for a user who exists: the first sign-in must not tell by its time whether there is one.
      const decoy = await this.#makeDecoy();
      if (known && isForeignHash(passwordHash)) return (await bcrypt()).verify(password, passwordHash);
      const right = await (await argon2()).verify(known ? passwordHash : decoy, canonical(password));
      return known && right;
    });
  }

  /** Once, unless it fails. */
  async #makeDecoy(): Promise<string> {
    const making = this.#decoy ?? this.#hash(Buffer.from(this.#random(32)).toString('hex'));
    this.#decoy = making;
    try {
      return await making;
    } catch (error) {
      this.#decoy = undefined;
      throw error;
    }
  }

  async #hash(password: string): Promise<string> {
    const { hash } = await argon2();
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
