/** Reads values of unknown shape from request bodies, and defines the error for invalid ones. */

export type Fields = Readonly<Record<string, unknown>>;

/** The request is wrong; answered with 400 in the shape of the protocol. */
export class BadRequest extends Error {}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws BadRequest when it is no JSON object */
export function parseBody(bytes: Buffer): Fields {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw new BadRequest('The body is not valid JSON.');
  }
  if (!isFields(value)) throw new BadRequest('The body must be a JSON object.');
  return value;
}

/** A field that is an object; empty when it is absent. */
export function fieldsAt(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : {};
}

export function arrayAt(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}

/**
 * A whole number within bounds.
 * @returns undefined when the field is absent or null
 * @throws BadRequest when it is anything else
 */
export function wholeAt(fields: Fields, name: string, least: number, most: number): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new BadRequest(`"${name}" must be a whole number from ${least} to ${most}.`);
}

/** One text or a list of texts, as `stop` is given; empty ones are left out. */
export function textsAt(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === 'string' && item !== '');
}

/**
 * The text in a message's content: a text itself, or a list of parts with a `text` (or a nested `content`).
 * Parts without one (pictures, calls) count as nothing.
 */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(textOf).filter(Boolean).join('\n');
  if (!isFields(content)) return '';
  return textOf(content.text ?? content.content ?? '');
}
