/**
 * Deletes or disables keys reported as leaked. It acts after responding, so that neither the response nor its timing
 * tells the sender anything.
 */
import type { KeyValues } from '../../access/key-values.ts';
import type { Origin } from '../../domain/audit.ts';
import { digestText } from '../../domain/digest.ts';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { Log } from '../../platform/log.ts';
import type { AccessRevocation } from '../../revocation/access-revocation.ts';
import type { KeyWithAccount, StoreBase } from '../../store/store.ts';

/** What happened to a reported value; `unknown` matches no live key, `not_ours` fails the published check. */
export type LeakOutcome = 'deleted' | 'disabled' | 'unknown' | 'not_ours' | 'failed';

export interface LeakReportsOptions {
  readonly keyValues: Pick<KeyValues, 'digestOf'>;
  readonly store: Pick<StoreBase, 'findKeysByDigests'>;
  readonly revocation: (origin: Origin) => Pick<AccessRevocation, 'deleteKeys' | 'updateKey'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly action: 'delete' | 'disable' | 'off';
  count(outcome: LeakOutcome, values: number): void;
}

export class LeakReports {
  readonly #options: LeakReportsOptions;
  readonly #running = new Set<Promise<void>>();
  #pause = Promise.withResolvers<void>();
  #stopped = false;

  constructor(options: LeakReportsOptions) {
    this.#options = options;
  }

  get isOff(): boolean {
    return this.#options.action === 'off';
  }

  /**
   * @param origin the sender
   * @throws HalleyError('too_many_attempts') when too many reports are in progress
   */
  take(values: readonly string[], origin: Origin): void {
    if (this.#running.size >= limits.leak_reports_running_max || this.#stopped) {
      throw new HalleyError('too_many_attempts', { headers: { 'retry-after': '1' } });
    }
    const running = this.#act(values, origin).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when no report is in progress. Failed ones are not retried. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pause.resolve();
    await Promise.all(this.#running);
  }

  /** Never rejects. */
  async #act(values: readonly string[], origin: Origin): Promise<void> {
    const { store, count, clock, keyValues } = this.#options;
    // Respond first: an embedded database would delay the response by the duration of the deletions.
    await new Promise<void>((resolve) => clock.soon(resolve));
    const read = await this.#insist(() => Promise.all(values.map((value) => keyValues.digestOf(value))));
    const digests = (read ?? []).filter((digest) => digest !== undefined);
    const ours = new Map(digests.map((digest) => [digestText(digest), digest]));
    count('not_ours', (read ?? []).length - digests.length);
    const found = read && (await this.#insist(() => store.findKeysByDigests([...ours.values()])));
    if (!found) {
      count('failed', read ? ours.size : values.length);
      return;
    }
    const keys = found.filter((each) => each !== undefined);
    count('unknown', ours.size - keys.length);
    await Promise.all(keys.map((key) => this.#end(key, origin)));
  }

  async #end({ key: { id, accountId } }: KeyWithAccount, origin: Origin): Promise<void> {
    const { log, action, count } = this.#options;
    const revocation = this.#options.revocation(origin);
    const outcome = action === 'delete' ? 'deleted' : 'disabled';
    const done = await this.#insist(async () => {
      if (action === 'delete') await revocation.deleteKeys(accountId, [id]);
      else await revocation.updateKey(accountId, id, { state: 'disabled' });
      return true;
    });
    count(done ? outcome : 'failed', 1);
    const about = { key_id: id, account_id: accountId, address: origin.address };
    if (done) log.warn(about, `a key was reported as leaked and is ${outcome}`);
    else log.error(about, 'a key was reported as leaked and could not be revoked: it may still work');
  }

  /** @returns undefined when every attempt failed */
  async #insist<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        const log = error instanceof HalleyError ? error.log : String(error);
        this.#options.log.warn({ error: log }, 'acting on a report of leaked keys failed');
        if (tries >= limits.leak_report_tries || this.#stopped) return undefined;
        await this.#wait();
      }
    }
  }

  async #wait(): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(limits.leak_report_retry_ms, () => over.resolve());
    await Promise.race([over.promise, this.#pause.promise]);
    timer.cancel();
  }
}
