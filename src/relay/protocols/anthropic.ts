/** Anthropic's protocol. Pure. Shapes are those of Anthropic's API reference (errors, streaming messages). */
import type { ErrorKind, HalleyError } from '../../platform/errors.ts';
import { cometAnswer, cometErrorType, isAnsweredBeforeProtocol, renderCometError } from './cometapi.ts';
import { withRequestId } from './error-text.ts';
import { JsonUsageReader } from './json-usage.ts';
import type { ErrorContext, JsonObject, Protocol } from './protocol.ts';
import { SseUsageReader } from './sse-usage.ts';
import { addJson, addStrings, objectsOf } from './text-parts.ts';
import { asObject, countOf, idOf, sumOf, type UsageShape, unlessZero } from './usage-shape.ts';

const types: Readonly<Record<ErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  too_large: 'request_too_large',
  rate_limit: 'rate_limit_error',
  quota: 'billing_error',
  upstream: 'api_error',
  unavailable: 'overloaded_error',
  internal: 'api_error',
};

function errorBody(error: HalleyError, { requestId, compat }: ErrorContext): string {
  const shown =
    compat === 'cometapi'
      ? { type: cometErrorType, message: cometAnswer(error, requestId).error.message }
      : { type: types[error.kind], message: withRequestId(error.message, requestId) };
  return JSON.stringify({ type: 'error', error: shown, request_id: requestId });
}

const usageShape: UsageShape = {
  needle: Buffer.from('output_tokens"'),
  key: Buffer.from('"usage"'),
  eventDepth: 1,
  cacheBesideInput: true,
  idKey: 'id',
  outputKey: Buffer.from('"content"'),
  read(answer: JsonObject) {
    const message = asObject(answer.message);
    const begun = asObject(message?.usage);
    const usage = begun ?? asObject(answer.usage);
    if (!usage) return undefined;
    const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = usage;
    const known = unlessZero(sumOf(input_tokens, cache_creation_input_tokens, cache_read_input_tokens));
    return {
      id: idOf(message?.id ?? answer.id) || undefined,
      input: known && countOf(input_tokens),
      cached: known && countOf(cache_read_input_tokens),
      cacheWrite: known && countOf(cache_creation_input_tokens),
      // What message_start calls output is only the beginning of it.
      output: begun ? undefined : countOf(output_tokens),
    };
  },
  addTexts(answer: JsonObject, texts: string[]) {
    const delta = asObject(answer.delta);
    if (delta) addStrings(texts, delta.text, delta.thinking, delta.partial_json);
    for (const block of objectsOf(answer.content)) {
      addStrings(texts, block.text, block.thinking);
      if (block.type === 'tool_use') addJson(texts, block.input);
    }
  },
};

export const anthropic: Protocol = {
  name: 'anthropic',
  renderError(error, context) {
    if (context.compat === 'none') return { status: error.status, body: errorBody(error, context) };
    if (isAnsweredBeforeProtocol(error)) return renderCometError(error, context.requestId);
    return { status: cometAnswer(error, context.requestId).status, body: errorBody(error, context) };
  },
  renderBreak(error, form, context, anyBytesSent) {
    if (form !== 'sse') return '';
    return `${anyBytesSent ? '\n\n' : ''}event: error\ndata: ${errorBody(error, context)}\n\n`;
  },
  upstreamAuth: (key) => ({ 'x-api-key': key }),
  forwardedHeaders: ['anthropic-version', 'anthropic-beta'],
  // Required by the API; the only version that it has.
  defaultHeaders: { 'anthropic-version': '2023-06-01' },
  requestIdHeader: 'request-id',
  usageReader: (form) =>
    form === 'sse' ? new SseUsageReader(usageShape) : new JsonUsageReader(usageShape, form),
};
