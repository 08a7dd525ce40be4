/**
 * Re-seals in the background what is sealed under the previous server secret: a few values at a time, with pauses.
 * After a crash it starts again, and skips what is done already.
 */
import { openSealed, seal, sealPrefix } from '../domain/seal.ts';
import {
  channelKeysContext,
  channelProxyContext,
  contentContext,
  jobContext,
  receiptKeyContext,
} from '../domain/seal-contexts.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import { Scheduler, type Task } from '../platform/scheduler.ts';
import {
  beforeFirst,
  type Resealed,
  type SealedKind,
  type SealedRow,
  type SealedStore,
  sealedKinds,
} from './sealed-store.ts';
import { isSame } from './secret-order.ts';

export interface ResealingOptions {
  readonly sealed: SealedStore;
  readonly secrets: SecretRing;
  /** Reads the secrets again where they may change while the process runs. @returns whether they did */
  readonly reloadSecrets: () => Promise<boolean>;
  readonly ledger: RecordWriter;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** The interval at which it checks whether there is work. */
const lookEveryMs = 2000;
/** A batch is one transaction, which blocks everything else in the process on SQLite. A content may have 128 KiB. */
const batchRows: Record<SealedKind, number> = {
  channels: 20,
  proxies: 20,
  receiptKeys: 20,
  keys: 50,
  contents: 8,
  jobs: 8,
};
/** The least pause after a batch that was written, for other work of the process. */
const pauseMsMin = 20;
/** The pause after any batch, as a multiple of its duration, but no longer than on an idle machine. */
const pauseTimes = 4;
const pauseMsMax = 100;
const tellEveryMs = 30_000;
/** The most values per pass that the log names because no secret opens them. */
const namedMax = 10;

/** Whatever writes sealed contents later than it seals them. */
export interface RecordWriter {
  /** Resolves when all queued contents are written, or a write has failed. */
  flush(): Promise<void>;
  /** Whether writes fail. */
  readonly overdue: boolean;
}

interface Pass {
  looked: number;
  resealed: number;
  /** Changed by another writer at the same time, so that another pass is needed. */
  missed: number;
  unreadable: number;
}

export class Resealing {
  readonly #options: ResealingOptions;
  #looking: Task | undefined;
  #stopped = false;
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;
  #failure = '';
  /** The last log message about nodes that are waited for. */
  #waitedFor = '';

  constructor(options: ResealingOptions) {
    this.#options = options;
  }

  start(): void {
    const failed = (error: unknown) => this.#fail(asHalleyError(error).log ?? String(error));
    const look = () => this.#look().then(() => this.#fail(''));
    this.#looking = new Scheduler(this.#options.clock).every(lookEveryMs, look, failed);
  }

  /** Logs a reason once, not with every pass. @param why empty = no reason */
  #fail(why: string): void {
    if (why !== '' && why !== this.#failure) {
      this.#options.log.error({ error: why }, 'the server secret cannot be read or rotated yet');
    }
    this.#failure = why;
  }

  /** Resolves when re-sealing has stopped. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#wake?.();
    await this.#looking?.stop();
  }

  async #look(): Promise<void> {
    const { sealed, secrets, reloadSecrets } = this.#options;
    // Values just sealed under the former secret are found by the next pass.
    if (await reloadSecrets()) return;
    // With one secret alone no node may run during a rotation.
    if (secrets.known.length === 1) return;
    const state = await sealed.state();
    // A node that does not seal under the new secret yet leaves the work to others.
    if (!state?.previous || !isSame(state.current, secrets.current.fingerprint)) return;
    const others = (await sealed.othersSealing(secrets)).join(', ');
    if (others !== '') return this.#waitFor(others);
    await sealed.unlessElsewhere(() => this.#rotate());
  }

  #waitFor(others: string): void {
    if (others === this.#waitedFor) return;
    this.#waitedFor = others;
    this.#options.log.info({ nodes: others }, 're-sealing waits until these nodes seal under the new secret');
  }

  async #rotate(): Promise<void> {
    const { sealed, secrets, ledger, log } = this.#options;
    log.info({}, 're-sealing what is sealed under the old server secret');
    for (;;) {
      await ledger.flush();
      // Contents still queued may be sealed under the old secret.
      if (ledger.overdue) throw new HalleyError('store_unavailable', { log: 'records cannot be written' });
      const since = await sealed.mark();
      const pass: Pass = { looked: 0, resealed: 0, missed: 0, unreadable: 0 };
      for (const kind of sealedKinds) await this.#resealAll(kind, pass);
      if (this.#stopped) return;
      log.info({ ...pass }, 'looked through everything that is sealed');
      // Only a whole pass without a find shows that nothing is left.
      if (pass.resealed + pass.missed > 0) continue;
      if (await sealed.finish(secrets, since)) {
        log.info({}, 'the rotation of the server secret is finished: the old one is not needed any more');
      }
      return;
    }
  }

  async #resealAll(kind: SealedKind, pass: Pass): Promise<void> {
    const { sealed, secrets, clock, log } = this.#options;
    const prefix = sealPrefix(secrets.current);
    const limit = batchRows[kind];
    let after = beforeFirst[kind];
    // Later values are sealed under the new secret: without this bound a busy gateway would never finish.
    const upTo = await sealed.last(kind);
    let toldAt = clock.monotonic();
    while (upTo !== undefined && !this.#stopped) {
      const beganAt = clock.monotonic();
      const rows = await sealed.list(kind, { after, upTo, limit }, prefix);
      const changes = rows.flatMap((row) => this.#reseal(kind, row, pass));
      const replaced = changes.length > 0 ? await sealed.replace(kind, changes) : 0;
      pass.looked += rows.length;
      pass.resealed += replaced;
      pass.missed += changes.length - replaced;
      const last = rows.at(-1);
      if (!last || rows.length < limit) return;
      after = last.id;
      if (clock.monotonic() - toldAt >= tellEveryMs) {
        toldAt = clock.monotonic();
        log.info({ kind, ...pass }, 're-sealing goes on');
      }
      const leastMs = changes.length > 0 ? pauseMsMin : 0;
      const usual = pauseTimes * (clock.monotonic() - beganAt);
      await this.#pause(Math.min(Math.max(leastMs, usual), pauseMsMax));
    }
  }

  /** What cannot be opened with any secret stays as it is: the old secret is not needed for it. */
  #reseal(kind: SealedKind, { id, digest, sealed }: SealedRow, pass: Pass): Resealed[] {
    if (sealed === null) return [];
    const { secrets, random, log } = this.#options;
    const context = contextOf(kind, id, digest);
    try {
      return [
        {
          id,
          before: sealed,
          after: seal(secrets, random, openSealed(secrets, sealed, context), context),
        },
      ];
    } catch (error) {
      pass.unreadable += 1;
      if (pass.unreadable <= namedMax) {
        log.warn(
          { kind, place: id, error: asHalleyError(error).log },
          'a value cannot be re-sealed and stays',
        );
      }
      return [];
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve();
      this.#wake = resolve;
      this.#timer = this.#options.clock.after(ms, resolve);
    });
  }
}

function contextOf(kind: SealedKind, id: string | number, digest: Uint8Array | null): Uint8Array {
  if (kind === 'channels') return channelKeysContext;
  if (kind === 'proxies') return channelProxyContext;
  if (kind === 'receiptKeys') return receiptKeyContext;
  if (kind === 'jobs') return jobContext(String(id));
  return kind === 'contents' ? contentContext(String(id)) : (digest ?? new Uint8Array());
}
