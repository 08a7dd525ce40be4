/** Starts the ledger and its background tasks. */

import { AlertDelivery } from '../ledger/alert-delivery.ts';
import { Ledger } from '../ledger/ledger.ts';
import { PriceBook } from '../ledger/price-book.ts';
import { fillPrices } from '../ledger/price-list.ts';
import { Retention } from '../ledger/retention.ts';
import { TokenCounter } from '../ledger/token-counter.ts';
import type { Metrics } from '../observe/metrics.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import type { ParentLink } from '../platform/parent-link.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { WorkerPlace } from '../platform/worker-place.ts';
import type { Store } from '../store/store.ts';

/** A process that is one of several under one parent. */
export interface Worker {
  readonly place: WorkerPlace;
  readonly link: ParentLink;
}

/** The dependencies of each part of the process. */
export interface AssemblyOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** Undefined = this process has no parent. */
  readonly worker?: Worker | undefined;
  /** When the listener's certificate expires, in seconds since 1970-01-01 UTC; undefined without a certificate. */
  readonly certificateNotAfter?: () => number | undefined;
}

/** Creates the ledger and its background tasks, and releases the reservations that a crash left. */
export async function startLedger({ settings, log }: AssemblyOptions, store: Store, metrics: Metrics) {
  const { url, secret } = settings.webhook;
  const webhook = url === undefined || secret === undefined ? undefined : { url, secret };
  const released = await store.releaseReservations();
  if (released.requests > 0)
    log.warn(released, 'requests were running when this gateway ended; their reservations were released');
  const filled = await store.withLock(() => fillPrices(store, clock));
  if (filled > 0) log.info({ prices: filled }, 'loaded the price list that ships with this version');
  const prices = new PriceBook({ store, clock });
  await prices.load();
  const notices = new AlertDelivery({ store, clock, webhook, log, metrics });
  await notices.start();
  const ledger = new Ledger({
    store,
    clock,
    durable: settings.ledger.durability === 'commit',
    writeEveryMs: limits.ledger_write_every_ms,
    writeRestMs: settings.database.url === undefined ? 0 : limits.ledger_write_rest_ms,
    announce: (made) => notices.announce(made),
    onFailure: (error) => log.error({ error: asHalleyError(error).log }, 'records could not be written yet'),
    onRefused: ({ record }, error) =>
      log.error({ ...record, detail: undefined, error: String(error) }, 'a record was refused and is lost'),
  });
  return {
    ledger,
    prices,
    notices,
    retention: new Retention({
      store,
      clock,
      recordsDays: settings.ledger.records_days,
      audit: settings.audit,
      log,
    }),
    tokens: new TokenCounter(),
  };
}
