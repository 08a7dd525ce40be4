/** Remembers the networks from which each user name signed in recently. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

const lifeMs = limits.known_network_days * 86_400_000;

export class KnownNetworks {
  readonly #clock: Clock;
  /** Maps a user name to its networks with the time of the last sign-in in monotonic milliseconds, oldest first. */
  readonly #networks = new LRUCache<string, Map<string, number>>({ max: limits.known_names_max });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Evicts the oldest network of the same user name, so that one account cannot evict networks of another. */
  add(username: string, network: string): void {
    const networks = this.#networks.get(username) ?? new Map<string, number>();
    networks.delete(network);
    networks.set(network, this.#clock.monotonic());
    const [oldest] = networks.keys();
    if (networks.size > limits.known_networks_of_name_max && oldest !== undefined) networks.delete(oldest);
    this.#networks.set(username, networks);
  }

  has(username: string, network: string): boolean {
    const signedInAt = this.#networks.get(username)?.get(network);
    return signedInAt !== undefined && signedInAt + lifeMs > this.#clock.monotonic();
  }
}
