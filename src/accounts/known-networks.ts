/** Remembers the networks from which each user name signed in recently. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

const lifeMs = limits.known_network_days * 86_400_000;

export class KnownNetworks {
  readonly #clock: Clock;
  /** By user name: networks with the monotonic milliseconds of the last sign-in, the oldest first. */
  readonly #networks = new LRUCache<string, Map<string, number>>({ max: limits.known_names_max });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of one user name's networks the oldest makes room, so that no account can push out another's. */
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
