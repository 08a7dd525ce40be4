/** Reads errors within Responses, and finds the code of one for clients. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { isPlainObject, textOf } from '../json.ts';

interface ErrorText {
  readonly message: string;
  readonly code: string;
  readonly type: string;
  readonly param: string | undefined;
}

/** What an error says: in a member `error`, or at the top, as in the `error` event of a stream. */
export function errorFacts(holder: JsonObject): ErrorText {
  const { error } = holder;
  const facts = isPlainObject(error) ? error : holder;
  const code = typeof facts.code === 'number' ? String(facts.code) : textOf(facts.code);
  const type = isPlainObject(error) ? textOf(error.type) : undefined;
  const message = textOf(facts.message) ?? textOf(error) ?? textOf(holder.detail) ?? '';
  return { message, code: code ?? '', type: type ?? '', param: textOf(facts.param) };
}

/** `ResponseError.code`, and the one for an input that is too long, which clients know though the type does not. */
const responseCodes: ReadonlySet<string> = new Set([
  ...['server_error', 'rate_limit_exceeded', 'invalid_prompt', 'data_residency_mismatch', 'bio_policy'],
  ...['misalignment_policy_violation', 'vector_store_timeout', 'invalid_image', 'invalid_image_format'],
  ...['invalid_base64_image', 'invalid_image_url', 'image_too_large', 'image_too_small', 'image_parse_error'],
  ...['image_content_policy_violation', 'invalid_image_mode', 'image_file_too_large'],
  ...['unsupported_image_media_type', 'empty_image_file', 'failed_to_download_image', 'image_file_not_found'],
  'context_length_exceeded',
]);
/** The same in the words of Anthropic and Google. */
const rateLimits: ReadonlySet<string> = new Set(['rate_limit_error', 'RESOURCE_EXHAUSTED', '429']);

/** The code of an error within a response. @param code the upstream's, '' = none */
export function responseErrorCode(code: string): string {
  if (responseCodes.has(code)) return code;
  return rateLimits.has(code) ? 'rate_limit_exceeded' : 'server_error';
}
