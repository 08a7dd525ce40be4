/** Worker thread that parses large bodies of model requests, one at a time. */
import { type Body, joined } from '../http/body-pieces.ts';
import { isMatched, matchOperation } from '../operations/match.ts';
import type { Operation } from '../operations/operation.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { serveHandlers } from '../platform/worker-handlers.ts';
import type { OutputLimit } from '../protocols/client/output-limit.ts';
import type { StoredState } from '../protocols/client/stored-state.ts';
import type { ByteEdit, Span } from '../protocols/json-bytes.ts';
import type { BodyBound, RequestText, ResponseForm } from '../protocols/protocol.ts';
import type { TranslationOptions } from '../protocols/translate/translator.ts';
import { readModelBody } from '../relay/body-model.ts';
import { type JobText, readJobText } from '../relay/jobs/job-body.ts';
import { withoutData } from '../relay/jobs/without-data.ts';
import {
  type BodyOrder,
  parseRequestBody,
  type TranslatedBody,
  translateBody,
} from '../relay/request-body.ts';

/** Everything that the relay needs from a body. */
export interface BodyFacts {
  readonly bytes: Uint8Array;
  readonly model: string;
  readonly otherModels: readonly string[];
  readonly form: ResponseForm;
  readonly bound: BodyBound;
  readonly namesAreDistinct: boolean;
  readonly text: RequestText | undefined;
  readonly conversation: string | undefined;
  readonly stored: StoredState | undefined;
  readonly modelPlace: Span | undefined;
  readonly outputLimit: OutputLimit | undefined;
  readonly usageEdits: readonly ByteEdit[] | undefined;
  readonly reasoningEdits: readonly ByteEdit[];
}

/** A body that was parsed already, to be translated. */
export interface TranslationOrder extends Body {
  readonly path: string;
  readonly query: string;
  /** Index among the calls of the operation. */
  readonly callIndex: number;
  readonly model: string;
  readonly options: TranslationOptions;
}

/** The form after the transfer between threads, which does not keep `Buffer`. */
type Sent<Order extends Body> = Omit<Order, 'segments'> & { readonly segments: readonly Uint8Array[] };

const receivedBody = ({ segments, length }: Sent<Body>): Buffer =>
  joined({
    segments: segments.map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength)),
    length,
  });

function operationOf({ path, query }: Pick<BodyOrder, 'path' | 'query'>): Operation {
  const operation = matchOperation('POST', path, query);
  if (isMatched(operation)) return operation;
  throw new Error('the path of the request is no operation');
}

/** A text that is too long to count is estimated from its bytes, so it need not be sent. */
function countable({ text, extraTokens }: RequestText): RequestText {
  const counted = text.slice(0, limits.counted_text_chars_max);
  const restTokens = Buffer.byteLength(text.slice(counted.length));
  return { text: counted, extraTokens: extraTokens + restTokens };
}

function factsOf(order: Sent<BodyOrder>): BodyFacts {
  const bytes = ownMemory(receivedBody(order));
  const operation = operationOf(order);
  const body = parseRequestBody({ segments: [bytes], length: order.length }, operation).read();
  const text = order.reserves ? body.text() : undefined;
  return {
    bytes,
    model: body.model,
    otherModels: body.otherModels,
    form: body.form,
    bound: body.bound(),
    namesAreDistinct: body.hasDistinctNames(),
    text: text && countable(text),
    conversation: body.conversation(),
    stored: body.stored(),
    modelPlace: body.modelPlace(),
    outputLimit: order.reserves ? body.outputLimit() : undefined,
    usageEdits: body.usageEdits(operation.calls[0]),
    reasoningEdits: body.reasoningEdits(operation.calls[0]),
  };
}

function jobTextOf(order: Sent<Body>): JobText & Pick<BodyFacts, 'bytes'> {
  const bytes = ownMemory(receivedBody(order));
  const { json, top } = readJobText(bytes);
  return { bytes, json: withoutData(json), top };
}

/** Small buffers share their memory with others, so it cannot be transferred. */
function ownMemory(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  return Buffer.from(new Uint8Array(bytes).buffer);
}

function translatedBody(order: Sent<TranslationOrder>): TranslatedBody {
  const operation = operationOf(order);
  const call = operation.calls[order.callIndex];
  if (!call) throw new Error('the operation has no such call');
  const { json } = readModelBody(receivedBody(order));
  const { bytes, ...notes } = translateBody(json, operation, call, order.model, order.options);
  return { bytes: ownMemory(bytes), ...notes };
}

/** Keeps the stack of an unexpected error for the log. */
const asOurs =
  <Order, Result>(work: (order: Order) => Result) =>
  (order: Order): Result => {
    try {
      return work(order);
    } catch (thrown) {
      throw asHalleyError(thrown);
    }
  };

const handlers = { read: asOurs(factsOf), readJob: asOurs(jobTextOf), translate: asOurs(translatedBody) };

export type BodyHandlers = typeof handlers;

serveHandlers(handlers, ({ bytes }) => [bytes.buffer as ArrayBuffer]);
