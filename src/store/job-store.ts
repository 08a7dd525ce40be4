/** The interface for jobs: their rows, from before the submit until they are forgotten. Times in milliseconds since 1970 UTC. */
import type { JobState } from '../domain/job.ts';
import type { Pieces } from '../domain/usage.ts';
import type { RecordSource } from './ledger-store.ts';

/** One job. */
export interface JobRow {
  readonly id: number;
  /** As its client knows it; cannot be guessed. */
  readonly publicId: string;
  /** Of the submit, which is the request id of its record. */
  readonly requestId: string;
  readonly vendor: string;
  readonly action: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly username: string;
  readonly keyName: string;
  /** For which the channel serves it. */
  readonly group: string;
  readonly channelId: number;
  readonly channelName: string;
  /** Tells which of the channel's keys it was submitted with (`keyMark`). */
  readonly channelKey: string;
  readonly model: string;
  readonly upstreamModel: string;
  /** 0 = it has no price, and is free. */
  readonly priceId: number;
  /** Millionths. */
  readonly multiplier: number;
  readonly variant: string;
  /** The most that it may use. */
  readonly pieces: Pieces;
  /** Whether it has a reservation in the ledger. */
  readonly reserved: boolean;
  readonly clientAddress: string;
  readonly path: string;
  readonly source: RecordSource;
  readonly attempts: number;
  readonly state: JobState;
  /** 0 to 100. */
  readonly progress: number;
  /** Why it failed or is held; '' otherwise. */
  readonly failure: string;
  /** '' = none is known. */
  readonly upstreamId: string;
  /** To which it was submitted there. */
  readonly upstreamPath: string;
  /** `publicId` of the job that it continues; '' = none. */
  readonly originId: string;
  readonly createdMs: number;
  /** After this it counts as failed. */
  readonly deadlineMs: number;
  readonly endedMs: number | null;
  readonly polls: number;
  readonly nextPollMs: number;
  /** Until then only `leasedBy` works on it. */
  readonly leaseUntilMs: number;
  readonly leasedBy: string;
  /** Whether the upstream was asked to end it. */
  readonly cancelled: boolean;
  /** Whether its client deleted it. */
  readonly hidden: boolean;
  readonly hasCallback: boolean;
  /** When the client's URL is called next; null = it is not. */
  readonly callbackMs: number | null;
  readonly callbackAttempts: number;
  /** Units, once it is settled. */
  readonly charged: number;
  /** The upstream's last answer and the client's URL, sealed; null = there is none. */
  readonly sealed: Uint8Array | null;
}

/** What the row has from its beginning; the rest begins empty. */
export type NewJob = Omit<
  JobRow,
  | 'id'
  | 'state'
  | 'progress'
  | 'failure'
  | 'upstreamId'
  | 'upstreamPath'
  | 'endedMs'
  | 'polls'
  | 'nextPollMs'
  | 'cancelled'
  | 'hidden'
  | 'callbackMs'
  | 'callbackAttempts'
  | 'charged'
>;

/** The next channel for a submit that the one before refused. */
export type JobDestination = Pick<
  JobRow,
  'id' | 'group' | 'multiplier' | 'channelId' | 'channelName' | 'channelKey' | 'upstreamModel' | 'attempts'
>;

export type AcceptedJob = Pick<
  JobRow,
  'id' | 'upstreamId' | 'upstreamPath' | 'progress' | 'sealed' | 'nextPollMs'
>;

/** What a look at the upstream brought. It ends the lease. */
export type PolledJob = Pick<JobRow, 'id' | 'progress' | 'sealed' | 'polls' | 'nextPollMs' | 'cancelled'>;

export interface Lease {
  readonly nowMs: number;
  readonly untilMs: number;
  /** The process that takes it. */
  readonly by: string;
}

/** A filter of jobs; undefined = any. */
export interface JobFilter {
  readonly accountId?: number | undefined;
  readonly keyId?: number | undefined;
  readonly vendor?: string | undefined;
  readonly action?: string | undefined;
  readonly publicId?: string | undefined;
  /** Of the submit. */
  readonly requestId?: string | undefined;
  readonly states?: readonly JobState[] | undefined;
  /** Inclusive. */
  readonly fromMs?: number | undefined;
  /** Inclusive. */
  readonly toMs?: number | undefined;
  /** Only jobs whose client has their id and has not deleted them. */
  readonly isListed?: boolean | undefined;
  /** Only jobs that come after this one in the order. */
  readonly afterId?: number | undefined;
}

export interface JobPage {
  readonly limit: number;
  readonly offset: number;
  /** By id. */
  readonly order: 'asc' | 'desc';
}

/** The open jobs of a vendor in one state. */
export interface OpenJobs {
  readonly vendor: string;
  readonly state: JobState;
  readonly count: number;
  readonly oldestMs: number;
}

export interface JobStore {
  /** Writes a job that is about to be submitted, durably. @returns its row id */
  insert(job: NewJob): Promise<number>;
  /** @returns false when it is not being submitted any more */
  redirect(destination: JobDestination): Promise<boolean>;
  /** Also of a job that was held meanwhile. @returns false when it is settled already */
  accept(job: AcceptedJob): Promise<boolean>;
  /** @returns false when it is not being submitted any more */
  hold(id: number, reason: string): Promise<boolean>;
  /** Holds the jobs whose submit has outlived its lease: their process ended or hangs. @returns them */
  holdAbandoned(nowMs: number, reason: string): Promise<readonly JobRow[]>;
  /** Ends every lease: at the start of a process whose database no other one uses. */
  releaseLeases(): Promise<void>;
  /** Takes up to `limit` running jobs that are due, and those whose key is gone and that were not cancelled yet. */
  claimDue(lease: Lease, limit: number): Promise<readonly JobRow[]>;
  /** Takes one running job at once, unless another process works on it. */
  claimOne(id: number, lease: Lease): Promise<JobRow | undefined>;
  /** @returns false when it is not leased by `by` any more, or ended */
  polled(job: PolledJob, by: string): Promise<boolean>;
  /** Makes a running job due now. */
  hurry(publicId: string, nowMs: number): Promise<void>;
  /** Its client does not see it any more. */
  hide(id: number): Promise<void>;
  find(publicId: string): Promise<JobRow | undefined>;
  list(filter: JobFilter, page: JobPage): Promise<readonly JobRow[]>;
  count(filter: JobFilter, most: number): Promise<number>;
  /** For metrics. */
  open(): Promise<readonly OpenJobs[]>;
  /** Open jobs of each of the keys, in the order of the ids. */
  countOpenOf(keyIds: readonly number[]): Promise<readonly number[]>;
  /** Takes ended jobs whose client is to be told. */
  claimCallbacks(lease: Lease, limit: number): Promise<readonly JobRow[]>;
  /** @param callbackMs null = never again */
  calledBack(id: number, attempts: number, callbackMs: number | null): Promise<void>;
  /** Removes up to `limit` ended jobs that nobody is to be told of. @returns how many */
  deleteEndedBefore(ms: number, limit: number): Promise<number>;
}
