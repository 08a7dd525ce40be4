/** The server secrets that a node knows: the one that it seals under, and those that it accepts for opening. */
import { hash } from 'node:crypto';

export const serverSecretBytes = 32;

/** How many bytes of a sealed text name the secret that it was sealed under. */
export const secretIdBytes = 8;

/** One server secret, with what may be known of it. */
export interface ServerSecret {
  readonly bytes: Uint8Array;
  /** Stands in front of what is sealed under it. */
  readonly id: Uint8Array;
  /** What a database keeps, to tell a node that has another secret. */
  readonly fingerprint: Uint8Array;
}

/** Neither hash says anything of the secret, which has 256 random bits. */
export function serverSecret(bytes: Uint8Array): ServerSecret {
  return {
    bytes,
    id: hashOf('halley seal id\n', bytes).subarray(0, secretIdBytes),
    fingerprint: hashOf('halley server secret\n', bytes),
  };
}

function hashOf(purpose: string, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', Buffer.concat([Buffer.from(purpose), bytes]), 'buffer'));
}

export class SecretRing {
  #current: ServerSecret;
  #known: readonly ServerSecret[];

  /** @param accepted for opening alone; repetitions do not matter */
  constructor(current: Uint8Array, accepted: readonly Uint8Array[] = []) {
    this.#current = serverSecret(current);
    const others = accepted.map(serverSecret).filter((other) => !isSameSecret(other, this.#current));
    this.#known = [this.#current, ...others];
  }

  /** What new seals are made under. */
  get current(): ServerSecret {
    return this.#current;
  }

  /** All that may be opened with, the current one first. */
  get known(): readonly ServerSecret[] {
    return this.#known;
  }

  /** Takes over what another ring holds. */
  become(other: SecretRing): void {
    this.#current = other.current;
    this.#known = other.known;
  }
}

function isSameSecret(one: ServerSecret, other: ServerSecret): boolean {
  return Buffer.compare(one.bytes, other.bytes) === 0;
}
