/**
 * Defines a vendor of jobs: work that an upstream accepts with an id and finishes minutes later. A vendor is data and
 * pure functions: what its clients send, how it is sent on, what its answers mean, and how answers look. Nothing here
 * does I/O, knows the time, or decides about money.
 */
import type { Usage } from '../../domain/usage.ts';
import type { HalleyError } from '../../platform/errors.ts';
import type { ErrorContext, RenderedError } from '../client/client-protocol.ts';
import type { JsonObject } from '../protocol.ts';
import type { ErrorMeaning } from '../upstream/error-rules.ts';
import type { JobBound } from './bound.ts';
import type { StatusTable } from './status.ts';

/** One request of a client on a path of a vendor. */
export interface JobRequest {
  /** What stood in the place of each `{name}` of the path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Raw, after `?`; without the caller's key. */
  readonly query: string;
  /** Empty where the request has none. */
  readonly body: JsonObject;
}

/** A request for the upstream. */
export interface JobUpstreamRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, percent-encoded; begins with a slash. */
  readonly path: string;
  /** Undefined = it has none. */
  readonly body?: JsonObject;
}

/**
 * A submit for the upstream: the client's body with changes at its top level, so that files and unknown fields pass
 * untouched in JSON and multipart alike.
 */
export interface JobSubmit {
  /** Path and query, percent-encoded; begins with a slash. */
  readonly path: string;
  /** Replaces or adds members of the body; undefined removes one. */
  readonly set: JsonObject;
}

/** What a submit becomes at the upstream. */
export interface SubmitTarget {
  /** The model's name there. */
  readonly model: string;
  /** Where the upstream is to call back; undefined = nowhere: the field is then removed. */
  readonly callback: string | undefined;
  /** The upstream's id of the job that this one continues; undefined = none. */
  readonly originId: string | undefined;
}

/** A kind of job that clients can submit. One has one model, which is priced and which keys may be limited to. */
export interface JobAction {
  /** Unique within the vendor, lower case: `create`, `imagine`. */
  readonly name: string;
  /** By POST. With `{name}` for a segment: `/v1/videos/{id}/remix`, `/flux/v1/{model}`. */
  readonly paths: readonly [string, ...string[]];
  readonly summary: string;
  /** Whether it also takes multipart forms. Default: JSON alone. */
  readonly takesForms?: true;
  /** The entry in the public catalogue: its name, and the types of models that it serves. */
  readonly catalogue?: { readonly name: string; readonly serves: (modelType: string) => boolean };
  /** What Halley requires of the body, as a JSON schema for the OpenAPI document. */
  readonly schema: JsonObject;
  /**
   * The model by which it is priced, routed and allowed: `sora-2`, or a name for the action, `mj_imagine`.
   * Undefined = that of the job which it continues (`originOf`).
   */
  modelOf(request: JobRequest): string | undefined;
  /** @throws HalleyError('invalid_body'), `field_missing` */
  check(request: JobRequest): void;
  /** The most that it may use. @param origin that of the job which it continues */
  bound(request: JobRequest, origin?: JobBound): JobBound;
  /** The id, as the client knows it, of the job that it continues. It then goes to the channel and key of that one. */
  originOf?(request: JobRequest): string | undefined;
  /** The field of the body in which a client names a URL to call when the job changes. */
  readonly callbackField?: string;
  submit(request: JobRequest, target: SubmitTarget): JobSubmit;
}

/** A JSON answer of the upstream. */
export interface JobAnswer {
  readonly status: number;
  /** Undefined where it is no JSON object. */
  readonly body: JsonObject | undefined;
}

/**
 * What an answer to a submit means.
 * - `accepted`: there is a job. `reading` where the answer already tells how it goes.
 * - `refused`: there is none, and will be none. `own` = the request is at fault and goes nowhere else; what else it
 *   means decides whether another channel is tried.
 * - `unclear`: there may be one. It is held, and no other channel is tried.
 */
export type SubmitReading =
  | { readonly kind: 'accepted'; readonly upstreamId: string; readonly reading?: JobReading }
  | {
      readonly kind: 'refused';
      readonly meaning: ErrorMeaning;
      readonly code: string;
      readonly message: string;
      /** Whether no other channel is tried, whatever it means. */
      readonly isFinal?: boolean;
    }
  | { readonly kind: 'unclear'; readonly reason: string };

/** A result: a URL of the upstream, or a file that the upstream names by id (`JobVendor.file` finds its URL). */
export type JobResult = { readonly url: string } | { readonly file: string };

/** How a job goes, by an answer of the upstream. */
export interface JobReading {
  readonly state: 'running' | 'succeeded' | 'failed';
  /** 0 to 100, whole. */
  readonly progress: number;
  /** Why it failed, in the vendor's words; '' unless it failed. */
  readonly failure: string;
  /** Whether it runs, and cannot be cancelled any more. */
  readonly isFixed?: true;
  /** In order; empty unless it succeeded. */
  readonly results: readonly JobResult[];
  /** What it used, by the answer, in place of what was reserved; undefined = the answer does not say. */
  readonly usage?: Partial<Usage>;
}

/**
 * What an answer to a fetch means.
 * - `missing`: the upstream does not know the job. Within `Pace.graceMs` of the submit it counts as running.
 * - `unclear`: the answer tells nothing about the job, which is asked about again later.
 */
export type FetchReading = JobReading | 'missing' | 'unclear';

/** A job as the upstream knows it. */
export interface UpstreamJob {
  readonly upstreamId: string;
  readonly action: string;
  /** The path to which it was submitted there, without the query. */
  readonly path: string;
  /** Its model's name there. */
  readonly model: string;
}

/** A job as its client may see it. */
export interface JobView {
  /** Ours. */
  readonly id: string;
  readonly action: string;
  /** As the client named it. */
  readonly model: string;
  /** `running` also for a held job, and for one whose answer is not read yet. */
  readonly state: 'running' | 'succeeded' | 'failed';
  readonly progress: number;
  readonly failure: string;
  /** Seconds UTC. */
  readonly createdAt: number;
  /** Seconds UTC; undefined = it has not ended. */
  readonly endedAt: number | undefined;
  /** Ours, of the job that it continues; undefined = it continues none. */
  readonly originId: string | undefined;
  /** The upstream's, which no answer shows. */
  readonly upstreamId: string;
  /** The upstream's last answer, with the upstream's ids and URLs: undefined = there is none. */
  readonly answer: JsonObject | undefined;
  /** URLs of the upstream, in order. */
  readonly results: readonly string[];
  /** The URL for a result: the upstream's own, or one of ours that passes it on, as the operator chose. */
  result(url: string): string;
  /** A URL of ours for a path. */
  link(path: string): string;
}

/** How the vendor's answers look to clients. Each keeps what the upstream says, and replaces its ids and URLs. */
export interface JobRendering {
  /** The answer to an accepted submit. */
  submitted(job: JobView): JsonObject;
  fetched(job: JobView): JsonObject;
  /** Several at once, in order, by calls of the kinds `list` and `fetch-many`. */
  listed?(jobs: readonly JobView[], hasMore: boolean): unknown;
  /** The answer to `delete` and `cancel`; absent = as `fetched`. */
  removed?(job: JobView): JsonObject;
  error(error: HalleyError, context: ErrorContext): RenderedError;
}

/** What a client does with its jobs, other than submit them. */
export type JobCallKind =
  /** One job, by its id. */
  | 'fetch'
  /** Several, by ids in the body. */
  | 'fetch-many'
  /** All of them, newest first. */
  | 'list'
  /** Ends it if it runs, and forgets it. */
  | 'delete'
  /** Ends it if it runs. */
  | 'cancel'
  /** The bytes of a result. */
  | 'content';

export interface JobCall {
  readonly kind: JobCallKind;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly paths: readonly [string, ...string[]];
  readonly summary: string;
  /** Our ids of the jobs that are meant, in order; none for `list`. @throws HalleyError('invalid_body'), `field_missing` */
  idsOf(request: JobRequest): readonly string[];
}

/** When the upstream is asked about a job. */
export interface Pace {
  /** Milliseconds from the submit to the first question; what follows waits half as long again each time. */
  readonly firstMs: number;
  /** The longest wait between two questions. */
  readonly mostMs: number;
  /** After this a job that has not ended counts as failed. */
  readonly deadlineMs: number;
  /** How long after the submit the upstream may not know the job yet. */
  readonly graceMs: number;
}

export interface JobVendor {
  /** Stable, in rows, logs and metrics: lower case letters, digits and dashes. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Where paths stand at the upstream: below the base URL of a channel, or at the root of its host. */
  readonly placed: 'base' | 'host';
  /** Headers of the client that the upstream gets, in lower case, besides those of every request. */
  readonly forwardedHeaders?: readonly string[];
  readonly actions: readonly [JobAction, ...JobAction[]];
  readonly calls: readonly JobCall[];
  readonly statuses: StatusTable;
  readonly pace: Pace;
  readSubmit(answer: JobAnswer): SubmitReading;
  fetch(job: UpstreamJob): JobUpstreamRequest;
  readFetch(answer: JobAnswer): FetchReading;
  /** Ends a job that runs, by an answer of a moment ago. Absent = the vendor cannot. */
  cancel?(job: UpstreamJob): JobUpstreamRequest;
  /** Deletes an ended job with its results. Absent = the vendor cannot. */
  remove?(job: UpstreamJob): JobUpstreamRequest;
  /** The request for the bytes of its result. Absent = they are at the URL of the first result. */
  content?(job: UpstreamJob, query: string): JobUpstreamRequest;
  /** How the URL of a `{file}` result is found. */
  readonly file?: {
    request(file: string): JobUpstreamRequest;
    /** Undefined = the answer has none. */
    read(answer: JobAnswer): string | undefined;
  };
  readonly render: JobRendering;
}
