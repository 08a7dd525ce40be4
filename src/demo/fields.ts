/** Reads values of unknown shape from request bodies, and defines the error for invalid ones. */

export type Fields = Readonly<Record<string, unknown>>;

/** The request is invalid. The server responds with 400 in the format of the protocol. */
export class BadRequest extends Error {}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws BadRequest when the body is not a JSON object */
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

/** Reads a field that is an object; empty when it is absent. */
export function fieldsAt(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : {};
}

export function arrayAt(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}

/**
 * Reads a whole number within bounds.
 * @returns undefined when the field is absent or null
 * @throws BadRequest for any other value
 */
export function wholeAt(fields: Fields, name: string, least: number, most: number): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new BadRequest(`"${name}" must be a whole number from ${least} to ${most}.`);
}

/** Reads a text or a list of texts, such as `stop`, without empty ones. */
export function textsAt(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === 'string' && item !== '');
}

/**
 * Returns the text in a message's content: a text, or a list of parts with `text` (or nested `content`). Ignores
 * other parts (images, calls).
 */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(textOf).filter(Boolean).join('\n');
  if (!isFields(content)) return '';
  return textOf(content.text ?? content.content ?? '');
}
