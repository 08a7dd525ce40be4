/** Sends one JSON request about a job to its upstream, and reads the answer. */

import type { Clock } from '../../platform/clock.ts';
import { limits } from '../../platform/limits.ts';
import type { JobAnswer, JobUpstreamRequest, JobVendor } from '../../protocols/jobs/vendor.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { openaiUpstream, type UpstreamProtocol } from '../../protocols/upstream/upstream-protocol.ts';
import { asObject, parseOr } from '../../protocols/usage/usage-shape.ts';
import { sendForOperator } from '../../upstreams/operator-request.ts';
import type { PlainRequest } from '../../upstreams/request-style.ts';
import type { UpstreamTarget } from '../../upstreams/upstreams.ts';
import type { EncodedBody } from './job-body.ts';

/** One for each vendor, since the allowed headers are cached by its identity. */
const protocols = new Map<string, UpstreamProtocol>();

/** How requests of a vendor are authorized, and which headers of the client they carry. */
function protocolOf({ name, forwardedHeaders = [] }: JobVendor): UpstreamProtocol {
  let protocol = protocols.get(name);
  if (!protocol) {
    protocol = {
      ...openaiUpstream,
      forwardedHeaders: [...openaiUpstream.forwardedHeaders, ...forwardedHeaders],
    };
    protocols.set(name, protocol);
  }
  return protocol;
}

export interface JobQuestion {
  readonly vendor: JobVendor;
  readonly operation: string;
  readonly request: Omit<JobUpstreamRequest, 'body'>;
  /** Undefined = the request has none. */
  readonly content?: EncodedBody;
  /** Of the client: name, value, name, value. */
  readonly rawHeaders?: readonly string[];
  /** Milliseconds. */
  readonly withinMs: number;
}

/** As it is sent to the target. */
export function plainRequest(target: UpstreamTarget, question: Omit<JobQuestion, 'withinMs'>): PlainRequest {
  const { vendor, operation, request, content, rawHeaders = ['accept', 'application/json'] } = question;
  const { method, path } = request;
  return {
    protocol: protocolOf(vendor),
    ...(method !== 'POST' && { method }),
    operation,
    path,
    isAtHost: vendor.placed === 'host',
    model: target.model,
    form: 'json',
    rawHeaders,
    body: content && 'body' in content ? content.body : [],
    ...(content && 'upload' in content && { upload: content.upload }),
  };
}

export interface JobResponse extends JobAnswer {
  /** As it came; secrets of the channel are masked. */
  readonly text: string;
}

/**
 * Asks on a new connection, so that one which the upstream has closed is never mistaken for an answer.
 * @throws what `sendForOperator` throws
 */
export async function askUpstream(
  clock: Pick<Clock, 'after'>,
  target: UpstreamTarget,
  question: JobQuestion,
): Promise<JobResponse> {
  const cancel = new AbortController();
  const timer = clock.after(question.withinMs, () => cancel.abort(new Error('it took too long')));
  try {
    const plain = plainRequest(target, question);
    const { status, text, isWhole } = await sendForOperator(
      target,
      plain,
      limits.job_answer_bytes_max,
      cancel.signal,
    );
    const masked = target.secrets.mask(text);
    return { status, text: masked, body: isWhole ? asObject(parseOr(masked)) : undefined };
  } finally {
    timer.cancel();
  }
}

/** A body for the upstream. */
export const jsonContent = (body: JsonObject): EncodedBody => ({
  body: [Buffer.from(JSON.stringify(body))],
});
