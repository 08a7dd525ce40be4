/** Builds the summary of a finished request for its log line, metrics and trace. Pure. */
import type { KeyPolicy } from '../access/key-policy.ts';
import type { RequestSummary } from '../observe/request-log.ts';
import type { TraceEnd } from '../observe/request-trace.ts';
import type { Operation } from '../operations/operation.ts';
import type { HalleyError } from '../platform/errors.ts';
import type { Charge } from './request-accounting.ts';
import type { RequestResult } from './request-result.ts';

interface FinishedRequest {
  readonly id: string;
  readonly operation: Operation;
  /** Undefined = it was never authorized. */
  readonly record: KeyPolicy | undefined;
  readonly model: string | undefined;
  readonly error: HalleyError | undefined;
}

export function summaryOf(
  { id, operation, record, model, error }: FinishedRequest,
  result: RequestResult,
  { usage, estimated, units }: Charge,
): RequestSummary {
  const { outcome, status, channelName, attempts, firstByteMs, totalMs, dropped } = result;
  return {
    id,
    protocol: operation.client.name,
    operation: operation.name,
    outcome,
    status,
    errorCode: error?.code,
    errorLog: error?.log,
    keyId: record?.keyId,
    keyName: record?.keyName,
    model,
    channel: channelName === '' ? undefined : channelName,
    attempts,
    dropped: dropped.length === 0 ? undefined : dropped.join(', '),
    inputTokens: usage.inputTokens,
    cachedTokens: usage.cachedTokens,
    cacheWriteTokens: usage.cacheWriteTokens,
    outputTokens: usage.outputTokens,
    estimated,
    units,
    firstByteMs,
    totalMs,
  };
}

/** @returns undefined = it is not traced */
export function traceEndOf(
  record: KeyPolicy | undefined,
  { group, stream, report, pipeline, timeline }: RequestResult,
  { usage }: Charge,
): TraceEnd | undefined {
  const { trace } = timeline;
  if (!trace) return undefined;
  const { responseId } = report;
  const responseStart = pipeline?.start;
  const accountId = record?.accountId;
  return {
    trace,
    accountId,
    group,
    stream,
    responseId,
    responseStart,
    usage,
    course: timeline.exactCourse(),
  };
}
