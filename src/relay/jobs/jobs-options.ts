/** What jobs are served with. */
import type { Access } from '../../access/access.ts';
import type { RateCounter } from '../../access/rate-limits.ts';
import type { SharePolicy } from '../../domain/ownership.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { BodyPace } from '../../http/body.ts';
import type { BodyBudget } from '../../http/body-budget.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { PriceBook } from '../../ledger/price-book.ts';
import type { JobMetrics } from '../../observe/job-metrics.ts';
import type { RequestObserver, TraceRequests } from '../../observe/request-trace.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { RandomBytes } from '../../platform/random.ts';
import type { JobStore } from '../../store/job-store.ts';
import type { LedgerStore } from '../../store/ledger-store.ts';
import type { StoreBase } from '../../store/store.ts';
import type { Upstreams } from '../../upstreams/upstreams.ts';
import type { UploadOptions } from '../body-intake.ts';
import type { ReservationOptions } from '../reservation.ts';
import type { UnreadResponses } from '../unread-response.ts';
import type { JobBodyReader } from './job-body.ts';

export interface JobsOptions extends ReservationOptions {
  readonly access: Access;
  /** Responses that their clients may not have read completely. */
  readonly unread: UnreadResponses;
  readonly store: Pick<LedgerStore, 'getPrices'> &
    Pick<StoreBase, 'findKeyById'> & { readonly jobs: JobStore };
  readonly ledger: Pick<Ledger, 'reserve' | 'settle' | 'overdue'>;
  readonly prices: Pick<PriceBook, 'find' | 'multiplierOf'>;
  readonly unpriced: 'refuse' | 'free';
  readonly rateLimits: RateCounter;
  readonly upstreams: Upstreams;
  readonly attemptsMax: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly secrets: SecretRing;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly observe: RequestObserver;
  /** Undefined = nothing is traced. */
  readonly trace: TraceRequests | undefined;
  readonly metrics: JobMetrics;
  /** This process, among those that share the database. */
  readonly processId: string;
  /** Whether other processes may use the database. */
  readonly isShared: boolean;
  readonly bodies: BodyBudget;
  readonly bodyPace: BodyPace;
  /** The largest body in JSON, in bytes. */
  readonly bodyBytesMax: number;
  readonly jobBodies: JobBodyReader;
  readonly uploads: UploadOptions;
  readonly slowClientMs: number;
  readonly heartbeatMs: number;
  readonly compat: 'none' | 'cometapi';
  /** Whether errors link their description in the documentation that the gateway serves. */
  readonly hasDocs: boolean;
  readonly share: SharePolicy;
  /** Days after its end for which a job is kept. */
  readonly keepDays: number;
  readonly results: 'link' | 'proxy';
  /** The address at which upstreams and clients reach this gateway; undefined = nobody said. */
  readonly publicUrl: string | undefined;
  /** Whether URLs of clients and upstreams may lead to private addresses, and by plain http. */
  readonly allowPrivate: boolean;
}
