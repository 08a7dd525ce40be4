/** The summary of a request that has no usage of its own, and what ends its trace. Pure. */
import type { KeyPolicy } from '../access/key-policy.ts';
import type { RequestOutcome } from '../domain/request-outcome.ts';
import { noUsage } from '../domain/usage.ts';
import type { RequestSummary } from '../observe/request-log.ts';
import type { TraceEnd } from '../observe/request-trace.ts';
import type { HalleyError } from '../platform/errors.ts';
import type { RequestTimeline } from './request-timeline.ts';

/**
 * Closes the timeline.
 * @param record undefined = it was never authorized
 * @returns undefined = it is not traced
 */
export function plainTraceEnd(
  timeline: RequestTimeline,
  outcome: RequestOutcome,
  record: KeyPolicy | undefined,
): TraceEnd | undefined {
  const { trace } = timeline;
  if (!trace) return undefined;
  timeline.close(outcome === 'done');
  return {
    trace,
    accountId: record?.accountId,
    ...{ group: '', stream: false, responseId: '', responseStart: undefined, usage: noUsage },
    course: timeline.exactCourse(),
  };
}

/** What a summary says of usage where there is none. */
export const withoutUsage = {
  dropped: undefined,
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  estimated: false,
  units: 0,
  firstByteMs: undefined,
} as const;

/** Of a client's request, apart from where it went. */
export function plainSummary(
  end: Pick<RequestSummary, 'id' | 'operation' | 'outcome' | 'status' | 'model' | 'totalMs'>,
  record: KeyPolicy | undefined,
  error: HalleyError | undefined,
): Omit<RequestSummary, 'channel' | 'attempts'> {
  return {
    ...end,
    ...withoutUsage,
    protocol: 'openai',
    errorCode: error?.code,
    errorLog: error?.log,
    keyId: record?.keyId,
    keyName: record?.keyName,
  };
}
