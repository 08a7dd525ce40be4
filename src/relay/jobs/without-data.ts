/**
 * A large body of a job as rules and prices see it: pictures and other files in Base64, which none of them reads, are
 * shortened. Everything else stays, and is bounded. Pure.
 */
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../../protocols/protocol.ts';

/** As a data URL (RFC 2397) or plain (RFC 4648, 4). It has no space and no dash, so that no parameter can be in it. */
const dataForm = /^(?:data:[^,\s]{0,256},)?[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;

const isData = (text: string): boolean => text.length >= limits.job_data_chars_min && dataForm.test(text);

/**
 * @param json of at most `limits.model_json_depth_max` levels
 * @throws HalleyError('invalid_body') where more than `limits.job_text_chars_max` remain
 */
export function withoutData(json: JsonObject): JsonObject {
  let left: number = limits.job_text_chars_max;
  const keep = (text: string): string => {
    left -= text.length;
    if (left >= 0) return text;
    const message =
      `The request body has more than ${limits.job_text_chars_max} characters besides data in Base64. ` +
      'Send files in Base64, as a form, or as URLs.';
    throw new HalleyError('invalid_body', { message });
  };
  const shortened = (value: unknown): unknown => {
    if (typeof value === 'string')
      return keep(isData(value) ? value.slice(0, limits.job_data_kept_chars) : value);
    if (Array.isArray(value)) return value.map(shortened);
    return typeof value === 'object' && value !== null ? members(value) : value;
  };
  const members = (object: object): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [keep(name), shortened(value)]));
  return members(json);
}
