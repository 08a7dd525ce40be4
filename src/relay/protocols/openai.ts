/**
 * OpenAI's protocol, in its two kinds: chat completions with completions and embeddings, and responses,
 * whose streams report usage and errors differently. Pure. Shapes are those of OpenAI's API reference and of
 * what the published `openai` client reads.
 */
import type { ErrorKind, HalleyError } from '../../platform/errors.ts';
import { cometAnswer, renderCometError } from './cometapi.ts';
import { withRequestId } from './error-text.ts';
import { JsonUsageReader } from './json-usage.ts';
import type { AnswerForm, ErrorContext, JsonObject, Protocol, RenderedError } from './protocol.ts';
import { SseUsageReader } from './sse-usage.ts';
import { asObject, countOf, type UsageShape, unlessZero } from './usage-shape.ts';

const types: Readonly<Record<ErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  authentication: 'invalid_request_error',
  permission: 'invalid_request_error',
  not_found: 'invalid_request_error',
  too_large: 'invalid_request_error',
  rate_limit: 'rate_limit_error',
  quota: 'insufficient_quota',
  upstream: 'server_error',
  unavailable: 'server_error',
  internal: 'server_error',
};

interface OpenaiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

function errorObject(error: HalleyError, { requestId, compat }: ErrorContext): OpenaiError {
  if (compat === 'cometapi') return cometAnswer(error, requestId).error;
  return {
    message: withRequestId(error.message, requestId),
    type: types[error.kind],
    param: error.param ?? null,
    code: error.code,
  };
}

function renderError(error: HalleyError, context: ErrorContext): RenderedError {
  if (context.compat === 'cometapi') return renderCometError(error, context.requestId);
  return { status: error.status, body: JSON.stringify({ error: errorObject(error, context) }) };
}

/** Both kinds of counts have the same two names in every object that reports them. */
function shape(input: string, output: string, framing: { events: number; depth: number }): UsageShape {
  return {
    needle: Buffer.from(`${input}"`),
    key: Buffer.from('"usage"'),
    eventDepth: framing.depth,
    framingEvents: framing.events,
    read(answer: JsonObject) {
      const usage = asObject(answer.usage) ?? asObject(asObject(answer.response)?.usage);
      if (!usage) return undefined;
      return { input: unlessZero(countOf(usage[input])), output: countOf(usage[output]) };
    },
  };
}

/** The first chunk of a stream has only the role. */
const chatUsage = shape('prompt_tokens', 'completion_tokens', { events: 1, depth: 1 });
/** A stream begins with the events created, in_progress, output_item.added and content_part.added. */
const responsesUsage = shape('input_tokens', 'output_tokens', { events: 4, depth: 2 });

function openaiProtocol(usage: UsageShape, breakEvent: (error: OpenaiError) => string): Protocol {
  return {
    name: 'openai',
    renderError,
    renderBreak(error, form, context, anyBytesSent) {
      if (form !== 'sse') return '';
      return (anyBytesSent ? '\n\n' : '') + breakEvent(errorObject(error, context));
    },
    upstreamAuth: (key) => ({ authorization: `Bearer ${key}` }),
    forwardedHeaders: ['openai-beta'],
    usageReader: (form: AnswerForm) =>
      form === 'sse' ? new SseUsageReader(usage) : new JsonUsageReader(usage, form),
  };
}

/** Chat completions, completions, embeddings. The client raises on any event whose data has an `error`. */
export const openai = openaiProtocol(chatUsage, (error) => `data: ${JSON.stringify({ error })}\n\n`);

/**
 * Responses. Their `error` event has its fields at the top (API reference, streaming events); readers of the
 * nested form find it too. The number in the sequence is not known here, so it is 0.
 */
export const openaiResponses = openaiProtocol(responsesUsage, (error) => {
  const { message, param, code } = error;
  const event = { type: 'error', sequence_number: 0, code, message, param, error };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
});
