/** Has an OpenAI upstream report usage at the end of its stream (`stream_options.include_usage`). Pure. */
import { type ByteEdit, edited, insertMember, memberInsertion, valuesOf } from '../json-bytes.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject, parseOr } from '../usage/usage-shape.ts';

const include = '"include_usage":true';
const asked = `{${include}}`;

/**
 * What must change in the body so that the upstream reports usage; undefined where that is asked for already, where
 * nothing is streamed, or where `stream_options` is no object, which the upstream will refuse. A member written twice
 * is changed in both places, since readers differ in which one they take.
 * @param bytes a valid JSON object, of which `body` is the parsed form
 */
export function askForUsage(body: JsonObject, bytes: Buffer): readonly ByteEdit[] | undefined {
  if (body.stream !== true) return undefined;
  const options = body.stream_options;
  if (options === undefined) return [memberInsertion(bytes, `"stream_options":{${include}}`)];
  if (options !== null && (typeof options !== 'object' || Array.isArray(options))) return undefined;
  if (asObject(options)?.include_usage === true) return undefined;
  return valuesOf(bytes, 'stream_options').map(({ start, end }) => ({
    start,
    end,
    text: asking(bytes.subarray(start, end)),
  }));
}

/** The value of one `stream_options` with `include_usage` true in it. */
function asking(value: Buffer): string {
  const options = parseOr(value.toString('utf8'));
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return asked;
  const places = valuesOf(value, 'include_usage');
  if (places.length === 0) return insertMember(value, include).toString('utf8');
  const edits = places.map((place) => ({ ...place, text: 'true' }));
  return Buffer.concat(edited([value], edits)).toString('utf8');
}
