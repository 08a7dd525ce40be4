/** Turns the summary of a model request into its log line, its metrics and its trace. */
import type { Log } from '../platform/log.ts';
import type { Metrics } from './metrics.ts';
import type { RequestObserver } from './request-trace.ts';

/** @param logged whether to write a log line for each request */
export function createObserver(log: Log, metrics: Metrics, logged: boolean): RequestObserver {
  return (summary, traced) => {
    metrics.observe(summary);
    if (traced) traced.trace.end(summary, traced);
    if (!logged) return;
    const { keyName, model, channel, dropped, errorLog } = summary;
    log.requestLine(
      {
        id: summary.id,
        trace_id: traced?.trace.traceId,
        key_id: summary.keyId,
        protocol: summary.protocol,
        operation: summary.operation,
        outcome: summary.outcome,
        status: summary.status,
        code: summary.errorCode,
        attempts: summary.attempts,
        input_tokens: summary.inputTokens,
        output_tokens: summary.outputTokens,
        estimated: summary.estimated || undefined,
        units: summary.units,
        first_byte_ms: rounded(summary.firstByteMs),
        total_ms: rounded(summary.totalMs),
      },
      { key_name: keyName, model, channel, dropped, error: errorLog },
    );
  };
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
