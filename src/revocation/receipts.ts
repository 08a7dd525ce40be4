/**
 * Completes the receipts of deleted keys: once a deletion is confirmed, what the nodes told is signed and stored. What
 * fails, and what a process that ended has left open, is completed later.
 */

import type { ReceiptDocument } from '../domain/receipt.ts';
import { openSealed, seal } from '../domain/seal.ts';
import { receiptKeyContext } from '../domain/seal-contexts.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import type { Clock } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type { ClosedReceipt, NamedReport, NewReceiptKey, ReceiptStore } from '../store/receipt-store.ts';
import type { ClusterNode } from './cluster-node.ts';
import {
  type ConfirmedDeletion,
  confirmedDocument,
  documentText,
  recoveredDocument,
  type Self,
} from './receipt-document.ts';
import { makeReceiptKey, signDocument } from './receipt-signature.ts';

export interface ReceiptsOptions {
  readonly store: ReceiptStore;
  readonly secrets: SecretRing;
  readonly random: RandomBytes;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly self: Self;
  readonly inFlight: 'abort' | 'drain';
  /** Counts the jobs of each key that have not ended, in the order of the ids. */
  readonly openJobs: (keyIds: readonly number[]) => Promise<readonly number[]>;
  /** Undefined when no other node shares the database. */
  readonly node: Pick<ClusterNode, 'allApplied'> | undefined;
}

/** The key that signs. */
interface Signer {
  readonly name: string;
  readonly seed: string;
}

interface Waiting {
  readonly deletion: ConfirmedDeletion;
  readonly done: () => void;
}

export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #queue: Waiting[] = [];
  /** Receipts that this process completes by itself. */
  readonly #own = new Set<number>();
  readonly #scheduler: Scheduler;
  readonly #recovery;
  #writing: Promise<void> | undefined;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
    this.#scheduler = new Scheduler(options.clock);
    this.#recovery = this.#scheduler.every(
      limits.receipts_look_every_ms,
      () => this.recover(),
      (error) => this.#failed(error),
    );
  }

  /** Makes the key that signs, if there is none yet, and completes what was left open. */
  async start(): Promise<void> {
    const { store, clock, secrets, random } = this.#options;
    if ((await store.listKeys()).length === 0) await store.addKey(newReceiptKey(secrets, random, clock));
    this.#recovery.ask();
  }

  /** Resolves when nothing is being completed. What is still queued stays open for the next start. */
  async stop(): Promise<void> {
    await this.#scheduler.stop();
    await this.#writing;
  }

  /** A deletion of this process is committed: its receipt is not for others to complete. */
  begin(id: number): void {
    this.#own.add(id);
  }

  /** The confirmation of a deletion of this process failed, so that its receipt must be completed later. */
  giveUp(id: number): void {
    this.#own.delete(id);
  }

  /** Resolves when the receipt is stored, or soon at the latest: the deletion does not depend on it. Never rejects. */
  async complete(deletion: ConfirmedDeletion): Promise<void> {
    const stored = Promise.withResolvers<void>();
    this.#queue.push({ deletion, done: stored.resolve });
    void this.#drain();
    const timer = this.#options.clock.after(limits.receipt_wait_ms, stored.resolve);
    await stored.promise;
    timer.cancel();
  }

  /** Never rejects. */
  #drain(): Promise<void> {
    this.#writing ??= this.#write();
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { clock } = this.#options;
    // The deletions of one call are confirmed in one turn, and share a transaction.
    await new Promise<void>((resolve) => clock.soon(resolve));
    try {
      while (this.#queue.length > 0) {
        const batch = this.#queue.slice(0, limits.receipts_at_a_time);
        await this.#close(batch.map(({ deletion }) => deletion));
        this.#queue.splice(0, batch.length);
        for (const { deletion, done } of batch) {
          this.#own.delete(deletion.receipt.id);
          done();
        }
        await new Promise<void>((resolve) => clock.soon(resolve));
      }
      // What another process left open is found when the next deletion is confirmed.
      this.#recovery.ask();
    } catch (error) {
      // They stay in the queue, with all that is known of them.
      this.#failed(error);
    } finally {
      this.#writing = undefined;
    }
  }

  #failed(error: unknown): void {
    const { log } = asHalleyError(error);
    this.#options.log.warn({ error: log }, 'receipts of deleted keys could not be completed yet');
  }

  async #close(deletions: readonly ConfirmedDeletion[]): Promise<void> {
    const { inFlight, self } = this.#options;
    const keyIds = deletions.map(({ receipt }) => receipt.keyId);
    const [reports, signer, openJobs] = await this.#evidence(keyIds);
    const documents = deletions.map((deletion) =>
      confirmedDocument(deletion, reports.get(deletion.receipt.keyId) ?? [], inFlight, self),
    );
    await this.#store(withJobs(documents, openJobs), signer);
  }

  /** All that documents need of the store, at once. */
  #evidence(keyIds: readonly number[]) {
    return Promise.all([this.#reports(keyIds), this.#signer(), this.#options.openJobs(keyIds)]);
  }

  async #signer(): Promise<Signer> {
    const signer = (await this.#options.store.listKeys()).at(-1);
    if (!signer?.sealed) throw new HalleyError('internal_error', { log: 'no key signs receipts' });
    return { name: signer.name, seed: openSealed(this.#options.secrets, signer.sealed, receiptKeyContext) };
  }

  async #reports(keyIds: readonly number[]): Promise<ReadonlyMap<number, readonly NamedReport[]>> {
    const reports = await this.#options.store.reports(keyIds);
    return Map.groupBy(reports, ({ keyId }) => keyId);
  }

  async #store(documents: readonly ReceiptDocument[], { name, seed }: Signer): Promise<void> {
    const closed = documents.map((document): ClosedReceipt => {
      const text = documentText(document);
      const state = document.state === 'complete' ? 'complete' : 'partial';
      const signature = signDocument(text, seed);
      return {
        id: document.id,
        keyId: document.key.id,
        state,
        document: text,
        signature,
        signedBy: name,
      };
    });
    await this.#options.store.close(closed);
  }

  /**
   * Completes what processes that ended, or failures of this one, have left open.
   * @throws HalleyError('store_unavailable')
   */
  async recover(): Promise<void> {
    const { store, node, clock, inFlight, self } = this.#options;
    if (this.#queue.length > 0) await this.#drain();
    for (;;) {
      const open = (await store.listOpen(limits.receipts_at_a_time)).filter(({ id }) => !this.#own.has(id));
      if (open.length === 0) return;
      // Only then is it certain that no node uses the keys.
      await node?.allApplied();
      const confirmedAt = clock.now();
      const [reports, signer, openJobs] = await this.#evidence(open.map(({ keyId }) => keyId));
      const documents = open.map((receipt) => {
        const makerName = receipt.nodeId === self.nodeId ? self.name : '';
        return recoveredDocument(receipt, reports.get(receipt.keyId) ?? [], confirmedAt, inFlight, makerName);
      });
      await this.#store(withJobs(documents, openJobs), signer);
    }
  }
}

/** @param openJobs in the order of the documents */
function withJobs(
  documents: readonly ReceiptDocument[],
  openJobs: readonly number[],
): readonly ReceiptDocument[] {
  return documents.map((document, at) => ({ ...document, open_jobs: openJobs[at] ?? 0 }));
}

/** Makes a key that signs receipts once it is stored. */
export function newReceiptKey(
  secrets: SecretRing,
  random: RandomBytes,
  clock: Pick<Clock, 'now'>,
): NewReceiptKey {
  const { keyId, publicKey, seed } = makeReceiptKey(random);
  const sealed = seal(secrets, random, seed, receiptKeyContext);
  return { name: keyId, publicKey, sealed, createdAt: clock.now() };
}
