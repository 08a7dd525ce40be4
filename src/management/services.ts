/** Dependencies of the management endpoints. */
import { LoginLimiter } from '../accounts/login-limiter.ts';
import { Passwords } from '../accounts/passwords.ts';
import { ReportLimiter } from '../accounts/report-limiter.ts';
import { Sessions } from '../accounts/sessions.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import type { BodyBudget } from '../http/body-budget.ts';
import type { ForwardingFigures } from '../http/forwarding.ts';
import type { PlainCredentialFigures } from '../http/plain-credentials.ts';
import type { PriceBook } from '../ledger/price-book.ts';
import type { ManagementCounts } from '../observe/management-metrics.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { AccessRevocation } from '../revocation/access-revocation.ts';
import type { StoreBase } from '../store/store.ts';
import type { ChannelsPort } from './channels/port.ts';
import type { AccessChanges } from './counted-revocations.ts';
import type { ClusterPort } from './fleet/port.ts';
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
  readonly revocation: AccessRevocation;
  readonly clock: Clock;
  readonly bodies: BodyBudget;
  readonly random: RandomBytes;
  readonly settings: Pick<Settings, 'public_url' | 'keys' | 'accounts' | 'groups' | 'http' | 'ledger'>;
  /** Secrets that seal key values and upstream keys. */
  readonly secrets: SecretRing;
  readonly channels: ChannelsPort;
  readonly prices: PricesPort;
  readonly counts: ManagementCounts;
  readonly log: Log;
  /** Records a request with a well-formed value that no key has: see `DeletedKeyAttempts`. */
  readonly noteUnknownKey: (digest: Uint8Array, clientAddress: string) => void;
  readonly leaks: Pick<LeakReports, 'take' | 'isOff'>;
  readonly version: string;
  /** Undefined = no other process can use the database. */
  readonly fleet?: ClusterPort | undefined;
  /** The listener's counters since the start, and its TLS details. */
  readonly listener: () => ListenerFigures;
  /** Whether the gateway is draining: it then refuses new requests. */
  readonly draining: () => boolean;
}

export interface Services extends ManagementDeps {
  /** As `revocation`; also updates the metrics and adds its report to the response. */
  readonly accessChanges: AccessChanges;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly loginLimiter: LoginLimiter;
  readonly reportLimiter: ReportLimiter;
  /** Start of management, on the monotonic clock. */
  readonly startedAt: number;
}

export function makeServices(deps: ManagementDeps): Services {
  const { store, clock, random, settings } = deps;
  const { session_hours, login_attempts_max, login_window_ms, login_unknown_attempts_max } =
    settings.accounts;
  return {
    ...deps,
    accessChanges: deps.revocation,
    passwords: new Passwords(random),
    sessions: new Sessions({ store, clock, random, lifeSeconds: session_hours * 3600 }),
    loginLimiter: new LoginLimiter({
      clock,
      attemptsMax: login_attempts_max,
      windowMs: login_window_ms,
      unknownAttemptsMax: login_unknown_attempts_max,
    }),
    reportLimiter: new ReportLimiter(clock),
    startedAt: clock.monotonic(),
  };
}

export function nowSeconds(services: Pick<ManagementDeps, 'clock'>): number {
  return Math.floor(services.clock.now() / 1000);
}
