/**
 * OpenAI's protocol, in its three kinds: chat completions with completions and embeddings; responses, whose
 * streams report usage and errors differently; and pictures. Pure. Shapes are those of OpenAI's API reference and of
 * what the published `openai` client reads.
 */
import type { ErrorKind, HalleyError } from '../../platform/errors.ts';
import { cometAnswer, renderCometError } from './cometapi.ts';
import { withRequestId } from './error-text.ts';
import { ImageCounter } from './image-counter.ts';
import { JsonUsageReader } from './json-usage.ts';
import { addChatTexts, addResponseTexts } from './openai-texts.ts';
import type {
  ErrorContext,
  JsonObject,
  Protocol,
  RenderedError,
  ResponseForm,
  UsageReader,
} from './protocol.ts';
import { SseUsageReader } from './sse-usage.ts';
import { asObject, countOf, idOf, type UsageShape, unlessZero } from './usage-shape.ts';

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

interface Names {
  readonly input: string;
  readonly output: string;
  readonly outputKey: string;
  readonly eventDepth: number;
}

/** The kinds of counts have the same names in every object that reports them. */
function shape(
  { input, output, outputKey, eventDepth }: Names,
  addTexts: UsageShape['addTexts'],
): UsageShape {
  return {
    needle: Buffer.from(`${input}"`),
    key: Buffer.from('"usage"'),
    eventDepth,
    cacheBesideInput: false,
    idKey: 'id',
    outputKey: Buffer.from(`"${outputKey}"`),
    addTexts,
    read(answer: JsonObject) {
      const response = asObject(answer.response);
      const usage = asObject(answer.usage) ?? asObject(response?.usage);
      if (!usage) return undefined;
      const inputDetails = asObject(usage[`${input}_details`]);
      const outputDetails = asObject(usage[`${output}_details`]);
      return {
        id: idOf(response?.id ?? answer.id) || undefined,
        input: unlessZero(countOf(usage[input])),
        cached: countOf(inputDetails?.cached_tokens),
        audioInput: countOf(inputDetails?.audio_tokens),
        imageInput: countOf(inputDetails?.image_tokens),
        output: countOf(usage[output]),
        reasoning: countOf(outputDetails?.reasoning_tokens),
        audioOutput: countOf(outputDetails?.audio_tokens),
        imageOutput: countOf(outputDetails?.image_tokens),
      };
    },
  };
}

const chatUsage = shape(
  { input: 'prompt_tokens', output: 'completion_tokens', outputKey: 'choices', eventDepth: 1 },
  addChatTexts,
);
const responsesUsage = shape(
  { input: 'input_tokens', output: 'output_tokens', outputKey: 'output', eventDepth: 2 },
  addResponseTexts,
);
const imagesUsage = shape(
  { input: 'input_tokens', output: 'output_tokens', outputKey: 'data', eventDepth: 1 },
  () => {},
);

const readerOf =
  (usage: UsageShape) =>
  (form: ResponseForm): UsageReader =>
    form === 'sse' ? new SseUsageReader(usage) : new JsonUsageReader(usage, form);

function openaiProtocol(
  usageReader: (form: ResponseForm) => UsageReader,
  breakEvent: (error: OpenaiError) => string,
): Protocol {
  return {
    name: 'openai',
    renderError,
    renderBreak(error, form, context, anyBytesSent) {
      if (form !== 'sse') return '';
      return (anyBytesSent ? '\n\n' : '') + breakEvent(errorObject(error, context));
    },
    upstreamAuth: (key) => ({ authorization: `Bearer ${key}` }),
    forwardedHeaders: ['openai-beta'],
    usageReader,
  };
}

const breakChat = (error: OpenaiError) => `data: ${JSON.stringify({ error })}\n\n`;

/** Chat completions, completions, embeddings. The client raises on any event whose data has an `error`. */
export const openai = openaiProtocol(readerOf(chatUsage), breakChat);

/** Pictures, whose number is counted besides the reported tokens. */
export const openaiImages = openaiProtocol(
  (form) => new ImageCounter(readerOf(imagesUsage)(form)),
  breakChat,
);

/**
 * Responses. Their `error` event has its fields at the top (API reference, streaming events); readers of the
 * nested form find it too. The number in the sequence is not known here, so it is 0.
 */
export const openaiResponses = openaiProtocol(readerOf(responsesUsage), (error) => {
  const { message, param, code } = error;
  const event = { type: 'error', sequence_number: 0, code, message, param, error };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
});
