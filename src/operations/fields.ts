/** Validates a model request's body: only fields that every upstream requires. Pure. */
import { HalleyError } from '../platform/errors.ts';
import type { JsonObject } from '../protocols/protocol.ts';

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

/** @throws HalleyError('field_missing') when none of `names` is there; the text names the first */
export function requireOneOf(body: JsonObject, names: readonly [string, ...string[]]): void {
  if (names.some((name) => !isMissing(body[name]))) return;
  const [first] = names;
  const message = `The request body lacks "${first}". Add it.`;
  throw new HalleyError('field_missing', { message, param: first });
}

/** @throws HalleyError when the field is missing (`field_missing`) or no array (`invalid_body`) */
export function requireArray(body: JsonObject, name: string): void {
  requireOneOf(body, [name]);
  if (Array.isArray(body[name])) return;
  throw new HalleyError('invalid_body', { message: `"${name}" must be an array.`, param: name });
}

/** @throws HalleyError when the field is missing (`field_missing`) or no text (`invalid_body`) */
export function requireText(body: JsonObject, name: string): void {
  requireOneOf(body, [name]);
  if (typeof body[name] === 'string') return;
  throw new HalleyError('invalid_body', { message: `"${name}" must be a text.`, param: name });
}

/** @throws HalleyError when the field of a form is missing (`field_missing`) or not one file (`invalid_body`) */
export function requireFile(body: JsonObject, name: string): void {
  requireOneOf(body, [name]);
  const value = body[name];
  if (typeof value === 'object' && !Array.isArray(value)) return;
  throw new HalleyError('invalid_body', { message: `"${name}" must be one file.`, param: name });
}

/**
 * Upstreams that read `"true"` or 1 as true would stream where the gateway expects one JSON response.
 * @throws HalleyError('invalid_body') when `stream` is there and is no boolean
 */
export function checkStream(body: JsonObject): void {
  const { stream } = body;
  if (isMissing(stream) || typeof stream === 'boolean') return;
  throw new HalleyError('invalid_body', { message: '"stream" must be true or false.', param: 'stream' });
}

/**
 * For operations without streams.
 * @throws HalleyError('invalid_body') when `stream` requests a stream or is not a boolean
 */
export function refuseStream(body: JsonObject): void {
  checkStream(body);
  if (body.stream !== true) return;
  const message = 'Streaming is not supported for this operation. Leave "stream" out.';
  throw new HalleyError('invalid_body', { message, param: 'stream' });
}

/**
 * Another call would report the usage of a background response. Halley does not serve that call, so it could not
 * charge the response.
 * @throws HalleyError('invalid_body') when `background` requests one
 */
export function refuseBackground({ background }: JsonObject): void {
  if (isMissing(background) || background === false) return;
  const message = 'Background responses are not supported here. Leave "background" out.';
  throw new HalleyError('invalid_body', { message, param: 'background' });
}

/**
 * An SVG is written by a second model, named in `svg`, whose usage no rate of the first one is for.
 * @throws HalleyError('invalid_body') when the body asks for one
 */
export function refuseSvg(body: JsonObject): void {
  const name = Object.keys(body).find(
    (key) => /^svg(?:\[|$)/i.test(key) || (/^output_format$/i.test(key) && /^svg$/i.test(String(body[key]))),
  );
  if (name === undefined || isMissing(body[name])) return;
  const message = 'SVG images are not supported, since a second model would write them. Use "png" or "webp".';
  throw new HalleyError('invalid_body', { message, param: name });
}

/** Fields of a Gemini body that may name a model, in both spellings that Google's JSON parser accepts. */
const namesOfParts = ['requests', 'generateContentRequest', 'generate_content_request'] as const;

/**
 * An upstream may use the model in the body, which would bypass the limits of a key.
 * @param model the one in the path
 * @throws HalleyError('invalid_body') when the body of a Gemini request, or a part of it, names another model
 */
export function requireModel(body: JsonObject, model: string): void {
  const parts = namesOfParts.flatMap((name) => body[name]);
  for (const part of [body, ...parts]) {
    if (typeof part !== 'object' || part === null || !('model' in part)) continue;
    if (part.model === model || part.model === `models/${model}`) continue;
    const message = 'The request body names a different model than the path. Leave it out of the body.';
    throw new HalleyError('invalid_body', { message, param: 'model' });
  }
}
