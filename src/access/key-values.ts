/**
 * Tells the digest of a key from the value that a client sends. Values of Halley have a checksum. Imported values have
 * none: they are told by the set of their digests, so that arbitrary texts cost no read of the database.
 */
import { digestOf, digestText } from '../domain/digest.ts';
import { type ImportedReadings, importedReadings, parseKeyValue } from '../domain/format.ts';
import { limits } from '../platform/limits.ts';
import type { AccessChange, StoreBase } from '../store/store.ts';

type ImportStore = Pick<StoreBase, 'importedDigests'>;

export class KeyValues {
  readonly #store: ImportStore;
  readonly #imported = new Set<string>();
  /** Of keys that were changed here or elsewhere: one of them may just have been imported. */
  readonly #changed = new Set<string>();
  /** Set while the imported digests are being read. */
  #reading: Promise<void> | undefined;
  /** Counts what made reads that ran incomplete. */
  #epoch = 0;
  /** Whether every imported digest is in one of the two sets. */
  #isComplete = false;

  constructor(store: ImportStore) {
    this.#store = store;
  }

  /**
   * @param sent as a client sends it, with or without `sk-`
   * @returns undefined when it is no value of a key; a promise while imported digests are being read, which rejects
   * with `store_unavailable` when they cannot be
   */
  digestOf(sent: string): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const body = parseKeyValue(sent);
    if (body !== undefined) return digestOf(body);
    const readings = importedReadings(sent);
    if (!readings) return undefined;
    return this.#isComplete ? this.#known(readings) : this.#onceRead(readings);
  }

  /** Notes a change of a key. Synchronous, as `Access.evict`. */
  note(change: AccessChange): void {
    if (change.kind !== 'key') return;
    this.#changed.add(digestText(change.digest));
    if (this.#changed.size <= limits.changed_digests_max) return;
    this.#changed.clear();
    this.forget();
  }

  /** Lets the digests be read again, for a node that may have missed changes. Synchronous. */
  forget(): void {
    this.#isComplete = false;
    this.#reading = undefined;
    this.#epoch += 1;
  }

  /**
   * A text that goes on after its beginning is first of all a value of its own. Where both forms of a beginning were
   * imported, it may have been deleted in one of them, so neither counts.
   */
  #known({ whole, beginning }: ImportedReadings): Uint8Array | undefined {
    if (this.#imported.size === 0 && this.#changed.size === 0) return undefined;
    const asWhole = whole === undefined ? undefined : this.#digestIfKnown(whole);
    if (asWhole || !beginning) return asWhole;
    const { bare, prefixed, isPrefixed } = beginning;
    const [asBare, asPrefixed] = [this.#digestIfKnown(bare), this.#digestIfKnown(prefixed)];
    if (asBare && asPrefixed) return undefined;
    return asBare ?? (isPrefixed ? asPrefixed : undefined);
  }

  #digestIfKnown(reading: string): Uint8Array | undefined {
    const digest = digestOf(reading);
    const text = digestText(digest);
    return this.#imported.has(text) || this.#changed.has(text) ? digest : undefined;
  }

  async #onceRead(readings: ImportedReadings): Promise<Uint8Array | undefined> {
    while (!this.#isComplete) {
      this.#reading ??= this.#read();
      await this.#reading;
    }
    return this.#known(readings);
  }

  async #read(): Promise<void> {
    const epoch = this.#epoch;
    try {
      const digests = await this.#readAll();
      // A change that was missed may have been committed after this read began.
      if (epoch !== this.#epoch) return;
      for (const digest of digests) this.#imported.add(digestText(digest));
      this.#isComplete = true;
    } finally {
      if (epoch === this.#epoch) this.#reading = undefined;
    }
  }

  async #readAll(): Promise<readonly Uint8Array[]> {
    const all: Uint8Array[] = [];
    for (;;) {
      const after = all.at(-1) ?? new Uint8Array();
      const page = await this.#store.importedDigests(after, limits.imported_digests_page);
      all.push(...page);
      if (page.length < limits.imported_digests_page) return all;
    }
  }
}
