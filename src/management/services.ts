/** Dependencies of the management endpoints. */

import type { InFlightRequest } from '../access/in-flight-requests.ts';
import type { KeyValues } from '../access/key-values.ts';
import { LoginLimiter } from '../accounts/login-limiter.ts';
import { Passwords } from '../accounts/passwords.ts';
import { ReportLimiter } from '../accounts/report-limiter.ts';
import { Sessions } from '../accounts/sessions.ts';
import type { Origin } from '../domain/audit.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import type { BodyBudget } from '../http/body-budget.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ForwardingFigures } from '../http/forwarding.ts';
import type { PlainCredentialFigures } from '../http/plain-credentials.ts';
import type { PriceBook } from '../ledger/price-book.ts';
import type { ManagementCounts } from '../observe/management-metrics.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { EffectiveSetting } from '../platform/settings/load.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { Jobs } from '../relay/jobs/jobs.ts';
import type { RevocationBy, RevocationListener } from '../revocation/access-revocation.ts';
import type { RecentRevocations } from '../revocation/recent-revocations.ts';
import type { NodeRunning } from '../revocation/running-requests.ts';
import type { RunningSubject } from '../store/coordination.ts';
import type { Changes, StoreBase } from '../store/store.ts';
import { BoundedNotes } from './audit/bounded-notes.ts';
import type { ChannelsPort } from './channels/port.ts';
import type { AccessChanges } from './counted-revocations.ts';
import type { ClusterPort } from './fleet/port.ts';
import { type LongReads, LongReadTurns, type ShortReads } from './long-reads.ts';
import type { LeakReports } from './tokens/leak-reports.ts';

/** The part of the price book that management uses. */
export interface PricesPort extends Pick<PriceBook, 'find' | 'multiplierOf'> {
  /** Applies changed prices to subsequent requests. */
  reload(): Promise<void>;
}

export interface ListenerFigures {
  readonly forwarding: ForwardingFigures;
  readonly plainCredentials: PlainCredentialFigures;
  /** Seconds since 1970-01-01 UTC; undefined = the listener uses plain HTTP. */
  readonly certificateNotAfter: number | undefined;
}

export interface ManagementDeps {
  readonly store: StoreBase;
  /** Performs every change of what keys may do. */
  readonly revocation: RevocationBy;
  readonly recentRevocations: Pick<RecentRevocations, 'list'>;
  readonly clock: Clock;
  readonly bodies: BodyBudget;
  readonly random: RandomBytes;
  readonly keyValues: Pick<KeyValues, 'digestOf'>;
  readonly settings: Pick<
    Settings,
    'public_url' | 'mcp' | 'docs' | 'keys' | 'accounts' | 'groups' | 'http' | 'ledger' | 'revocation'
  >;
  /** Secrets that seal key values and upstream keys. */
  readonly secrets: SecretRing;
  readonly channels: ChannelsPort;
  readonly jobs: Pick<Jobs, 'view' | 'resolve'>;
  readonly prices: PricesPort;
  /**
   * The model API. It always responds and never throws.
   * @param key the digest of the key that the request is made with
   * @returns the request that runs now; undefined when there is none
   */
  readonly modelApi: (exchange: Exchange, key: Uint8Array) => Pick<InFlightRequest, 'abort'> | undefined;
  readonly counts: ManagementCounts;
  readonly log: Log;
  /** Records a request with a well-formed value that no key has: see `DeletedKeyAttempts`. */
  readonly noteUnknownKey: (digest: Uint8Array, clientAddress: string) => void;
  readonly leaks: Pick<LeakReports, 'take' | 'isOff'>;
  readonly version: string;
  /** Every setting of this node. */
  readonly settingsInForce: readonly EffectiveSetting[];
  /** Counts the requests that run with these keys, on each node. */
  readonly running: (subject: RunningSubject) => Promise<readonly NodeRunning[]>;
  /** Undefined = no other process can use the database. */
  readonly fleet?: ClusterPort | undefined;
  /** The listener's counters since the start, and its TLS details. */
  readonly listener: () => ListenerFigures;
  /** Whether the gateway is draining: it then refuses new requests. */
  readonly draining: () => boolean;
}

/** Writes in the name of one origin. */
export interface Acting {
  /** Every other write. */
  readonly changes: Changes;
  /** As `ManagementDeps.revocation`; also updates the metrics and adds its report to the response. */
  readonly accessChanges: AccessChanges;
  /** As `accessChanges`, for a caller that follows what its change does. */
  watched(listener: RevocationListener): AccessChanges;
}

/** The writes are those of the caller; before it is authenticated, of an anonymous one. */
export interface Services extends Omit<ManagementDeps, 'store'>, Acting {
  /** All of the store but the long reads. */
  readonly store: ShortReads;
  /** Those of the account that calls, one at a time; without one, those of the network that calls. */
  readonly reads: LongReads;
  readonly readsOf: LongReadTurns['of'];
  acting(origin: Origin): Acting;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly loginLimiter: LoginLimiter;
  readonly reportLimiter: ReportLimiter;
  readonly failedSignIns: BoundedNotes;
  /** Start of management, on the monotonic clock. */
  readonly startedAt: number;
}

/** What does not depend on the request. */
export function makeServices(deps: ManagementDeps): Omit<Services, keyof Acting | 'acting' | 'reads'> {
  const { store, clock, random, settings } = deps;
  const { session_hours, login_attempts_max, login_window_ms, login_unknown_attempts_max } =
    settings.accounts;
  const turns = new LongReadTurns(store);
  return {
    ...deps,
    readsOf: turns.of.bind(turns),
    passwords: new Passwords(random),
    sessions: new Sessions({ store, clock, random, lifeSeconds: session_hours * 3600 }),
    loginLimiter: new LoginLimiter({
      clock,
      attemptsMax: login_attempts_max,
      windowMs: login_window_ms,
      unknownAttemptsMax: login_unknown_attempts_max,
    }),
    reportLimiter: new ReportLimiter(clock),
    failedSignIns: new BoundedNotes(clock, limits.audit_failures_max),
    startedAt: clock.monotonic(),
  };
}

export function nowSeconds(services: Pick<ManagementDeps, 'clock'>): number {
  return Math.floor(services.clock.now() / 1000);
}
