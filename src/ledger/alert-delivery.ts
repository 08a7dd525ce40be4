/**
 * Tells the operator that a budget has passed a threshold: a log line and a metric at once, and a signed
 * message to the webhook, where there is one. Messages wait in the store, so that a restart loses none, and are
 * delivered by whichever process claims them.
 */

import { idOf } from '../domain/accounting/holder.ts';
import type { BudgetAlert } from '../domain/accounting/terms.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import { Scheduler, type Task } from '../platform/scheduler.ts';
import type { LedgerStore } from '../store/ledger-store.ts';
import { Webhook } from './webhook.ts';

/**
 * Seconds to wait after each attempt that failed: twelve attempts in 34 hours, so that a receiver may be away
 * for a day. After the last one the notice is given up.
 */
export const retrySchedule: readonly number[] = [
  5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 28_800, 43_200,
];

export interface AlertDeliveryOptions {
  readonly store: Pick<LedgerStore, 'listAlerts' | 'claimAlerts' | 'deleteAlert' | 'deferAlert'>;
  readonly clock: Clock;
  /** Undefined = notices are logged and counted alone. */
  readonly webhook: { readonly url: string; readonly secret: string } | undefined;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'budgetNotice' | 'webhookDelivery'>;
  /** In place of `retrySchedule`. */
  readonly schedule?: readonly number[];
}

export class AlertDelivery {
  readonly #options: AlertDeliveryOptions;
  readonly #webhook: Webhook | undefined;
  readonly #schedule: readonly number[];
  readonly #task: Task;
  #stopped = false;

  constructor(options: AlertDeliveryOptions) {
    this.#options = options;
    const { webhook, clock } = options;
    this.#webhook = webhook && new Webhook({ ...webhook, clock });
    this.#schedule = options.schedule ?? retrySchedule;
    this.#task = new Scheduler(clock).add({
      run: () => this.#deliverDue(),
      onFailure: (error) =>
        options.log.error({ error: asHalleyError(error).log }, 'budget alerts could not be processed'),
      retryMs: limits.notices_poll_ms,
    });
  }

  /**
   * Takes up what an earlier run of the process left.
   * @throws HalleyError('store_unavailable') as a rejection
   */
  async start(): Promise<void> {
    // What was committed in the last moment of a crash may not have been said; better twice than never.
    const left = await this.#options.store.listAlerts(this.#nowSeconds(), limits.notices_start_max);
    for (const notice of left) if (notice.attempts === 0) this.#say(notice);
    this.#task.ask();
  }

  /** Says each, and sees to its delivery. Call with what the store has made, once it is committed. */
  announce(notices: readonly BudgetAlert[]): void {
    if (notices.length === 0) return;
    for (const notice of notices) this.#say(notice);
    this.#task.ask();
  }

  /** Ends deliveries under way; they are taken up at the next start. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const stopped = this.#task.stop();
    await this.#webhook?.close();
    await stopped;
  }

  #say(notice: BudgetAlert): void {
    const { log, metrics } = this.#options;
    const { kind, holders, name, period, used, budgetUnits, thresholdUnits, periodEnd } = notice;
    const keyId = idOf(holders, 'key');
    metrics.budgetNotice(kind, scopeOf(notice));
    log.warn(
      {
        notice: kind,
        scope: scopeOf(notice),
        account_id: idOf(holders, 'account'),
        ...(keyId !== 0 && { key_id: keyId }),
        name,
        period,
        used,
        budget: budgetUnits,
        threshold: thresholdUnits,
        resets_at: timeText(periodEnd),
      },
      kind === 'budget.hard' ? 'a budget is used up' : 'a budget has passed its soft threshold',
    );
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }

  #claim(): Promise<readonly BudgetAlert[]> {
    const now = this.#nowSeconds();
    return this.#options.store.claimAlerts(now, limits.webhook_sends_max, now + limits.notice_claim_s);
  }

  /** @returns when to look for more, in milliseconds from now */
  async #deliverDue(): Promise<number> {
    for (let due = await this.#claim(); due.length > 0; due = await this.#claim()) {
      const outcomes = await Promise.allSettled(due.map((notice) => this.#deliver(notice)));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
      if (this.#stopped) break;
    }
    return limits.notices_poll_ms;
  }

  async #deliver(notice: BudgetAlert): Promise<void> {
    const { store, log, metrics } = this.#options;
    const problem = await this.#webhook?.send(messageId(notice), messageBody(notice));
    if (problem === undefined) {
      if (this.#webhook) metrics.webhookDelivery('delivered');
      return store.deleteAlert(notice.id);
    }
    // What was broken off by the end of the process has not failed: it is anybody's again.
    if (this.#stopped) return store.deferAlert(notice.id, notice.attempts, this.#nowSeconds());
    const fields = { notice_id: notice.id, attempt: notice.attempts + 1, problem };
    const wait = this.#schedule[notice.attempts];
    if (wait === undefined) {
      metrics.webhookDelivery('given_up');
      log.error(fields, 'a budget alert could not be delivered and is given up');
      return store.deleteAlert(notice.id);
    }
    metrics.webhookDelivery('failed');
    log.warn({ ...fields, next_attempt_in_s: wait }, 'a budget alert could not be delivered yet');
    return store.deferAlert(notice.id, notice.attempts + 1, this.#nowSeconds() + wait);
  }
}

/** The kind of the holder whose budget it is. */
const scopeOf = ({ holders }: BudgetAlert): string => holders[0]?.kind ?? '';

/** Seconds UTC by RFC 3339. */
const timeText = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** The same at each attempt; with the time, so that another database's notices have others. */
const messageId = ({ id, createdAt }: BudgetAlert): string => `notice_${createdAt}_${id}`;

/** As docs/reference/limits-and-budgets.md says. */
function messageBody(notice: BudgetAlert): string {
  return JSON.stringify({
    type: notice.kind,
    timestamp: timeText(notice.createdAt),
    data: {
      scope: scopeOf(notice),
      account_id: idOf(notice.holders, 'account'),
      key_id: idOf(notice.holders, 'key') || null,
      name: notice.name,
      period: notice.period,
      period_start: timeText(notice.periodStart),
      period_end: timeText(notice.periodEnd),
      used: notice.used,
      budget: notice.budgetUnits,
      threshold: notice.thresholdUnits,
    },
  });
}
