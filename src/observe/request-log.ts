/** Summary of a finished model request, from which its log line and metrics are made. */

/** How a request ended. */
export type RequestOutcome =
  /** The whole answer was handed to the client. */
  | 'done'
  /** Refused or failed before an answer began; the client has an error instead. */
  | 'error'
  /** The client went away. */
  | 'client_gone'
  /** The client stopped reading. */
  | 'client_stalled'
  /** A right was revoked. */
  | 'cut'
  /** The upstream broke off after the answer had begun. */
  | 'upstream_broken';

export interface RequestSummary {
  readonly id: string;
  readonly protocol: string;
  readonly operation: string;
  readonly outcome: RequestOutcome;
  readonly status: number;
  readonly errorCode: string | undefined;
  /** What happened inside, for the log only. */
  readonly errorLog: string | undefined;
  readonly keyId: number | undefined;
  readonly keyName: string | undefined;
  readonly model: string | undefined;
  readonly channel: string | undefined;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Whether the tokens were estimated because the upstream reported none. */
  readonly estimated: boolean;
  readonly units: number;
  /** Milliseconds from arrival to the first byte for the client; undefined when there was none. */
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
}

/** Receives the summary of every model request. Must cost little and never throw. */
export type RequestObserver = (summary: RequestSummary) => void;
