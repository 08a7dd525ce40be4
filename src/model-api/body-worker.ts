/** Worker thread that parses large bodies of model requests, one at a time. */
import { parentPort } from 'node:worker_threads';
import { joined } from '../http/body-pieces.ts';
import { asHalleyError, type ErrorCode } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { ByteEdit, Span } from '../relay/json-bytes.ts';
import type { Operation, RequestBound, RequestText, ResponseForm } from '../relay/protocols/protocol.ts';
import { type BodyOrder, parseRequestBody } from '../relay/request-body.ts';
import { matchOperation } from './router.ts';

/** All that the relay asks of a body. */
export interface BodyFacts {
  readonly bytes: Uint8Array;
  readonly model: string;
  readonly otherModels: readonly string[];
  readonly form: ResponseForm;
  readonly bound: RequestBound;
  readonly namesAreDistinct: boolean;
  readonly text: RequestText | undefined;
  readonly modelPlace: Span | undefined;
  readonly usageEdits: readonly ByteEdit[] | undefined;
}

export interface BodyFault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string | undefined;
  readonly log: string | undefined;
}

export type BodyReply = { readonly facts: BodyFacts } | { readonly fault: BodyFault };

function operationOf({ path, query }: BodyOrder): Operation {
  const operation = matchOperation('POST', path, query);
  if (typeof operation === 'object' && 'protocol' in operation) return operation;
  throw new Error('the path of the request is no operation');
}

/** What is longer than is counted goes by its bytes, as it would when it was counted. */
function countable({ text, extraTokens }: RequestText): RequestText {
  const counted = text.slice(0, limits.counted_text_chars_max);
  const restTokens = Buffer.byteLength(text.slice(counted.length));
  return { text: counted, extraTokens: extraTokens + restTokens };
}

function factsOf(order: BodyOrder): BodyFacts {
  const segments = order.segments.map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength));
  const bytes = ownMemory(joined({ segments, length: order.length }));
  const body = parseRequestBody({ segments: [bytes], length: order.length }, operationOf(order)).read();
  const text = order.wantsText ? body.text() : undefined;
  return {
    bytes,
    model: body.model,
    otherModels: body.otherModels,
    form: body.form,
    bound: body.bound(),
    namesAreDistinct: body.hasDistinctNames(),
    text: text && countable(text),
    modelPlace: body.modelPlace(),
    usageEdits: body.usageEdits(),
  };
}

/** Small buffers share their memory with others, and cannot be given away. */
function ownMemory(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  return Buffer.from(new Uint8Array(bytes).buffer);
}

function replyTo(order: BodyOrder): BodyReply {
  try {
    return { facts: factsOf(order) };
  } catch (thrown) {
    const { code, message, param, log } = asHalleyError(thrown);
    return { fault: { code, message, param, log } };
  }
}

parentPort?.on('message', (order: BodyOrder) => {
  const reply = replyTo(order);
  parentPort?.postMessage(reply, 'facts' in reply ? [reply.facts.bytes.buffer as ArrayBuffer] : []);
});
