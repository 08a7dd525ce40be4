/** What ends the trace of a request that has no usage of its own. Pure. */
import type { KeyPolicy } from '../access/key-policy.ts';
import type { RequestOutcome } from '../domain/request-outcome.ts';
import { noUsage } from '../domain/usage.ts';
import type { TraceEnd } from '../observe/request-trace.ts';
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
