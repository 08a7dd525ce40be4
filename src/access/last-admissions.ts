/**
 * Remembers when this node last admitted a request of each key, in bounded memory. Two generations of keys: when one
 * is full, the older one is forgotten.
 */

/** Wall-clock milliseconds since 1970 UTC, by the clock of this node. */
export interface LastAdmission {
  /** Null = none was admitted since `knownSince`. */
  readonly at: number | null;
  /** Admissions before this time may be forgotten. */
  readonly knownSince: number;
}

export class LastAdmissions {
  readonly #keysMax: number;
  #recent = new Map<number, number>();
  #older = new Map<number, number>();
  #knownSince: number;
  /** When the older generation ended. */
  #olderUntil: number;

  /**
   * @param keysMax of a generation
   * @param startedAt when this node began to admit requests
   */
  constructor(keysMax: number, startedAt: number) {
    this.#keysMax = keysMax;
    this.#knownSince = startedAt;
    this.#olderUntil = startedAt;
  }

  /** Called for every request, so it does nothing but a write to a map. */
  note(keyId: number, at: number): void {
    this.#recent.set(keyId, at);
    if (this.#recent.size > this.#keysMax) this.#turn(at);
  }

  #turn(at: number): void {
    this.#knownSince = this.#olderUntil;
    this.#olderUntil = at;
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  of(keyId: number): LastAdmission {
    const at = this.#recent.get(keyId) ?? this.#older.get(keyId) ?? null;
    return { at, knownSince: this.#knownSince };
  }
}
