/** Summary of a finished model request, from which its log line and metrics are made. */
import type { RequestOutcome } from '../domain/request-outcome.ts';

export interface RequestSummary {
  readonly id: string;
  readonly protocol: string;
  readonly operation: string;
  readonly outcome: RequestOutcome;
  readonly status: number;
  readonly errorCode: string | undefined;
  /** The internal cause, for the log only. */
  readonly errorLog: string | undefined;
  readonly keyId: number | undefined;
  readonly keyName: string | undefined;
  readonly model: string | undefined;
  readonly channel: string | undefined;
  readonly attempts: number;
  /** Fields that a translation left out or changed; undefined = none. */
  readonly dropped: string | undefined;
  readonly inputTokens: number;
  /** Parts of the input. */
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Whether Halley estimated the tokens because the upstream reported none. */
  readonly estimated: boolean;
  readonly units: number;
  /** Milliseconds from arrival to the first byte sent to the client; undefined when none was sent. */
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
}
