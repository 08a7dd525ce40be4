/**
 * Group commit of creations and deletions of keys: what arrives while a transaction is under way runs in the next one,
 * with one entry into the log, one notification and one wait. A write that fails, or whose account is locked by another
 * transaction, takes none of the others with it: then each runs apart.
 */
import { HalleyError } from '../../platform/errors.ts';
import { isOfLocks } from './database-errors.ts';
import { type KeyWrite, type KeyWritesOptions, runKeyWrites, type Settlement } from './key-writes.ts';

/** The most writes, and the most keys deleted, in one transaction. One write may delete more. */
const writesMax = 100;
const deletedMax = 500;

/** How long a group waits for an account that another transaction has locked, in milliseconds. */
const groupLockMs = 100;

export class KeyWriteQueue {
  readonly #options: KeyWritesOptions;
  readonly #waiting: KeyWrite[] = [];
  #isRunning = false;
  /** What waits for accounts that other transactions have locked, by account. */
  readonly #apart = new Map<number, KeyWrite[]>();

  constructor(options: KeyWritesOptions) {
    this.#options = options;
  }

  /** The write is notified of its result. */
  add(write: KeyWrite): void {
    // Behind those of its account, rather than into a group that would wait for them.
    const before = this.#apart.get(write.accountId);
    if (before) before.push(write);
    else {
      this.#waiting.push(write);
      if (this.#isRunning) return;
      this.#isRunning = true;
      void this.#runAll(this.#waiting, groupLockMs, () => {
        this.#isRunning = false;
      });
    }
  }

  #addApart(write: KeyWrite): void {
    const { accountId } = write;
    const before = this.#apart.get(accountId);
    if (before) {
      before.push(write);
      return;
    }
    const writes = [write];
    this.#apart.set(accountId, writes);
    void this.#runAll(writes, 0, () => this.#apart.delete(accountId));
  }

  /**
   * Runs the writes, and those that come meanwhile. Never rejects.
   * @param lockMs as of `runKeyWrites`
   * @param onEnd called in the turn in which none is left, so that none can come in between
   */
  async #runAll(writes: KeyWrite[], lockMs: number, onEnd: () => void): Promise<void> {
    while (writes.length > 0) {
      // What arrives together runs together.
      await new Promise<void>((resolve) => this.#options.clock.soon(resolve));
      await this.#runGroup(takeGroup(writes), lockMs);
    }
    onEnd();
  }

  async #runGroup(group: readonly KeyWrite[], lockMs: number): Promise<void> {
    try {
      settle(await runKeyWrites(this.#options, group, lockMs));
    } catch (error) {
      if (lockMs > 0 && isOfLocks(error)) for (const write of group) this.#addApart(write);
      else if (group.length > 1 && isOfOne(error)) {
        for (const write of group) await this.#runGroup([write], lockMs);
      } else for (const { failed } of group) failed(error);
    }
  }
}

/** Removes the first that wait, but no two that delete the same key: the second must find the first committed. */
function takeGroup(waiting: KeyWrite[]): readonly KeyWrite[] {
  const group: KeyWrite[] = [];
  const left: KeyWrite[] = [];
  const deleted = new Set<number>();
  for (const write of waiting) {
    const ids: ReadonlySet<number> = write.kind === 'deletion' ? write.ids : new Set();
    const hasRoom = group.length < writesMax && deleted.size + ids.size <= deletedMax;
    if ((hasRoom || group.length === 0) && ids.isDisjointFrom(deleted)) {
      group.push(write);
      for (const id of ids) deleted.add(id);
    } else left.push(write);
  }
  waiting.splice(0, waiting.length, ...left);
  return group;
}

/** Whether nothing was committed for the sake of one write, perhaps, so that the others may succeed without it. */
function isOfOne(error: unknown): boolean {
  return isOfLocks(error) || !(error instanceof HalleyError);
}

/** Tells all writes of their commit, whatever becomes of one: it cannot be undone. */
function settle(settlements: readonly Settlement[]): void {
  for (const { write, tell } of settlements) {
    try {
      tell();
    } catch (error) {
      write.failed(error);
    }
  }
}
