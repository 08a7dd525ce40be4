/**
 * Reads the model of a request body, which is parsed once and forwarded as the bytes that came. It refuses a body
 * that two parsers could read as naming different models, since that would bypass the limits of a key. Pure.
 */
import { isUtf8 } from 'node:buffer';
import { parseJson } from '../domain/parse-json.ts';
import { isLongerThan } from '../domain/text-rules.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { countMembers, type Span, valuesOf } from '../protocols/json-bytes.ts';
import type { JsonObject } from '../protocols/protocol.ts';

export interface ModelBody {
  /** The body as it came. */
  readonly bytes: Buffer;
  readonly json: JsonObject;
  /** The top-level `model`; undefined when there is none or it is empty. */
  readonly model: string | undefined;
  /** The position of the model's value; undefined when the body names no model. Walks the body. */
  modelPlace(): Span | undefined;
}

const modelKey = '"model"';

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    const message = text.length === 0 ? 'The request body is empty.' : 'The request body is not valid JSON.';
    throw new HalleyError('invalid_body', { message: `${message} Send a JSON object.` });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HalleyError('invalid_body', { message: 'The request body must be a JSON object.' });
  }
  return value as JsonObject;
}

function refuseAmbiguity(): never {
  throw new HalleyError('invalid_body', {
    message: 'The request body names "model" more than once. Name it once, in lower case.',
    param: 'model',
  });
}

/**
 * Refuses a body with more than one `model` at the top level.
 * `JSON.parse` takes the last of equal keys, other parsers the first, and Go's parser also takes `Model` for
 * `model`. A key that is written plainly once, while no letter is escaped (all of `model` are \u006X), cannot be
 * doubled. Only otherwise does this walk the top level.
 */
function requireOneModel(body: Buffer, text: string): void {
  const index = text.indexOf(modelKey);
  if (index !== -1 && text.indexOf(modelKey, index + 1) === -1 && !text.includes('\\u006')) return;
  if (valuesOf(body, 'model').length !== 1) refuseAmbiguity();
}

/**
 * Models to fall back to: `models` (OpenRouter) and `fallbacks` (LiteLLM: names, requests with a `model`, or lists
 * of names by the model they replace). It ignores anything else in them.
 * @throws HalleyError('invalid_body') when there are too many
 */
export function modelsIn({ models, fallbacks }: JsonObject): readonly string[] {
  const found: string[] = [];
  if (models === undefined && fallbacks === undefined) return found;
  for (const one of [models, fallbacks].flat()) {
    const named =
      typeof one === 'object' && one !== null && !('model' in one) ? Object.values(one).flat() : one;
    for (const each of [named].flat()) {
      const model: unknown = typeof each === 'object' && each !== null ? (each as JsonObject).model : each;
      if (typeof model === 'string') found.push(model);
      if (found.length > limits.fallback_models_max) {
        const message = `"models" and "fallbacks" may name ${limits.fallback_models_max} models at most.`;
        throw new HalleyError('invalid_body', { message, param: 'models' });
      }
    }
  }
  return found;
}

/**
 * Whether each name at the top level occurs once: of two equal ones, some parsers take the first and others the
 * last. Walks the body.
 * @param bytes the text of `json`
 */
export function hasDistinctNames(json: JsonObject, bytes: Buffer): boolean {
  return countMembers(bytes) === Object.keys(json).length;
}

/** The body with a model at its beginning. @param body an object with at least one member */
function naming(model: string, body: Buffer): Buffer {
  const rest = body.subarray(body.indexOf('{') + 1);
  return Buffer.concat([Buffer.from(`{${modelKey}:${JSON.stringify(model)},`), rest]);
}

/**
 * @param modelDefault the model of a body that names none; what is read is the body that names it
 * @throws HalleyError('invalid_body') when the body is not a JSON object in UTF-8, names the model twice (by
 * case or by escapes too), or names it by something that is not a string of at most
 * `limits.model_id_chars_max` characters
 */
export function readModelBody(body: Buffer, modelDefault?: string): ModelBody {
  if (!isUtf8(body)) throw new HalleyError('invalid_body', { message: 'The request body is not UTF-8.' });
  const text = body.toString('utf8');
  const json = parseObject(text);
  for (const key in json) {
    if (key.length === 5 && key !== 'model' && key.toLowerCase() === 'model') refuseAmbiguity();
  }
  const { model } = json;
  if (model === undefined && modelDefault !== undefined && Object.keys(json).length > 0)
    return readModelBody(naming(modelDefault, body));
  if (model === undefined) return { bytes: body, json, model: undefined, modelPlace: () => undefined };
  const max = limits.model_id_chars_max;
  if (typeof model !== 'string' || (model.length > max && isLongerThan(model, max))) {
    const message = `"model" must be a string of at most ${max} characters.`;
    throw new HalleyError('invalid_body', { message, param: 'model' });
  }
  requireOneModel(body, text);
  const modelPlace = () => valuesOf(body, 'model')[0];
  return { bytes: body, json, model: model === '' ? undefined : model, modelPlace };
}
