/** Recognises an error among an upstream's responses and reads out of it what tells errors apart. Pure. */
import type { JsonObject } from '../protocol.ts';
import { objectsOf } from '../usage/text-parts.ts';
import { asObject } from '../usage/usage-shape.ts';

/** What an error says of itself; empty where it says nothing. */
export interface ErrorFacts {
  readonly type: string;
  /** A name or a number, as text. */
  readonly code: string;
  /** Of google.rpc.ErrorInfo. */
  readonly reasons: readonly string[];
  readonly message: string;
  /** Whether it names a part of the input that moderation has objected to. */
  readonly flagged: boolean;
}

export const noFacts: ErrorFacts = { type: '', code: '', reasons: [], message: '', flagged: false };

const textOf = (...values: readonly unknown[]): string => {
  for (const value of values) {
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return '';
};

/** Members that hold a response, in any of the protocols. */
const responseMembers = ['choices', 'content', 'candidates', 'output', 'data', 'embedding', 'embeddings'];

function holdsResponse(object: JsonObject): boolean {
  return responseMembers.some((name) => {
    const value = object[name];
    return Array.isArray(value) ? value.length > 0 : asObject(value) !== undefined;
  });
}

/** The facts of an error object: OpenAI's and Anthropic's `error`, google.rpc.Status, and their imitations. */
function factsOf(error: JsonObject): ErrorFacts {
  const metadata = asObject(error.metadata);
  return {
    type: textOf(error.type, error.status),
    code: textOf(error.code, error.error_code),
    reasons: objectsOf(error.details).flatMap(({ reason }) => (typeof reason === 'string' ? reason : [])),
    message: textOf(error.message, error.msg, error.error_msg, error.detail),
    // OpenRouter: https://openrouter.ai/docs/api-reference/errors (ModerationErrorMetadata).
    flagged: metadata !== undefined && ('flagged_input' in metadata || Array.isArray(metadata.reasons)),
  };
}

/** MiniMax: https://platform.minimax.io/docs/api-reference/errorcode */
function baseResponse(object: JsonObject): ErrorFacts | undefined {
  const base = asObject(object.base_resp);
  const code = textOf(base?.status_code);
  if (code === '' || code === '0') return undefined;
  return { ...noFacts, type: 'base_resp', code, message: textOf(base?.status_msg) };
}

const fineCodes: ReadonlySet<unknown> = new Set([0, 200, '', '0', '200', 'success', 'ok']);

/** Errors that are not in a member of their own: `{"code":401,"msg":"…"}`, `{"object":"error",…}`. */
function flatError(object: JsonObject): ErrorFacts | undefined {
  const facts = factsOf(object);
  const code = object.code ?? object.error_code;
  const says = facts.message !== '' && code !== undefined && code !== null && !fineCodes.has(code);
  if (says || object.success === false || object.object === 'error') {
    const [first] = objectsOf(object.errors);
    return first ? factsOf(first) : facts;
  }
  return undefined;
}

/**
 * Reads a response, or the data of one event, that is an error.
 * @returns undefined when it is none: then it may be a response
 */
export function readError(value: unknown): ErrorFacts | undefined {
  const object = asObject(Array.isArray(value) ? value[0] : value);
  if (!object || holdsResponse(object)) return undefined;
  const nested = object.error ?? asObject(object.response)?.error;
  const error = asObject(nested);
  if (error) return factsOf(error);
  if (typeof nested === 'string' && nested !== '') return { ...factsOf(object), message: nested };
  if (object.type === 'error') return factsOf(object);
  return baseResponse(object) ?? flatError(object);
}

/** Reads the body of a response whose status says that it is an error. */
export function readErrorBody(value: unknown): ErrorFacts {
  const object = asObject(Array.isArray(value) ? value[0] : value);
  return readError(value) ?? (object ? factsOf(object) : noFacts);
}

/**
 * An error as clients of all protocols find it, in a member `error`.
 * @param value the error as it came
 */
export function errorObject({ message, type, code }: ErrorFacts, value: unknown): object {
  const object = asObject(Array.isArray(value) ? value[0] : value);
  return object && asObject(object.error) ? object : { error: { message, type, param: null, code } };
}
