/** Has an OpenAI upstream report usage at the end of its stream (`stream_options.include_usage`). Pure. */
import { insertMember, valuesOf } from '../json-bytes.ts';
import type { JsonObject } from './protocol.ts';
import { asObject, parseOr } from './usage-shape.ts';

const include = '"include_usage":true';
const asked = Buffer.from(`{${include}}`);

/**
 * The body with the request for a report in it, and every other byte as it was; undefined where it is there
 * already, where nothing is streamed, or where `stream_options` is no object, which the upstream will refuse.
 * A member written twice is changed in both places, since readers differ in which one they take.
 * @param bytes a valid JSON object, of which `body` is the parsed form
 */
export function askForUsage(body: JsonObject, bytes: Buffer): Buffer | undefined {
  if (body.stream !== true) return undefined;
  const options = body.stream_options;
  if (options === undefined) return insertMember(bytes, `"stream_options":{${include}}`);
  if (options !== null && (typeof options !== 'object' || Array.isArray(options))) return undefined;
  if (asObject(options)?.include_usage === true) return undefined;
  const out: Buffer[] = [];
  let done = 0;
  for (const { start, end } of valuesOf(bytes, 'stream_options')) {
    out.push(bytes.subarray(done, start), asking(bytes.subarray(start, end)));
    done = end;
  }
  return Buffer.concat([...out, bytes.subarray(done)]);
}

/** The value of one `stream_options` with `include_usage` true in it. */
function asking(value: Buffer): Buffer {
  const options = parseOr(value.toString('utf8'));
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return asked;
  const places = valuesOf(value, 'include_usage');
  if (places.length === 0) return insertMember(value, include);
  const out: Buffer[] = [];
  let done = 0;
  for (const { start, end } of places) {
    out.push(value.subarray(done, start), Buffer.from('true'));
    done = end;
  }
  return Buffer.concat([...out, value.subarray(done)]);
}
