/** The trace of what the gateway asks an upstream about a job, which is no part of a client's request. */
import type { RequestSummary } from '../../observe/request-log.ts';
import type { JobRow } from '../../store/job-store.ts';
import type { UpstreamTarget } from '../../upstreams/upstreams.ts';
import { classifyFailure } from '../failure.ts';
import { RequestTimeline } from '../request-timeline.ts';
import { plainTraceEnd, withoutUsage } from '../trace-end.ts';
import { operationOf } from './job-charge.ts';
import type { JobsOptions } from './jobs-options.ts';

/** Nothing of it comes from a client. */
const noRequest = { headers: {} };

/** @returns undefined = it is not traced */
export function questionTimeline(
  { clock, trace }: Pick<JobsOptions, 'clock' | 'trace'>,
  row: JobRow,
  target: UpstreamTarget,
): RequestTimeline | undefined {
  if (!trace) return undefined;
  const startedAt = clock.monotonic();
  const timeline = new RequestTimeline(
    clock,
    startedAt,
    trace({ req: noRequest, path: row.upstreamPath, startedAt }),
  );
  timeline.begin(target);
  return timeline;
}

/** @param answer the status of the upstream, or what kept it from answering */
export function endQuestion(timeline: RequestTimeline, row: JobRow, answer: number | Error): void {
  if (typeof answer === 'number') {
    timeline.responded(answer);
    timeline.result(answer < 300 ? 'ok' : 'failed');
  } else timeline.failed(classifyFailure(answer, true).outcome);
  const end = plainTraceEnd(timeline, 'done', undefined);
  end?.trace.end(summaryOf(row, timeline.elapsed), { ...end, accountId: row.accountId, group: row.group });
}

function summaryOf(row: JobRow, totalMs: number): RequestSummary {
  return {
    id: row.requestId,
    protocol: 'openai',
    operation: operationOf(row),
    ...{ outcome: 'done', status: 200, errorCode: undefined, errorLog: undefined },
    ...{ keyId: row.keyId, keyName: row.keyName, model: row.model, channel: row.channelName },
    ...withoutUsage,
    ...{ attempts: 1, totalMs },
  };
}
