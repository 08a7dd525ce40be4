/** Converts the JSON objects that tools are called with to text and back without changing their numbers. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { isPlainObject } from '../json.ts';

/** TypeScript's library lacks these (ES2026, JSON.parse source text access). */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}

const json = JSON as unknown as ExactJson;

/**
 * A JSON value whose numbers are written again as they stand in the text: a double would change identifiers of 17
 * digits and more (section 3.5).
 * @throws SyntaxError
 */
export function parseExactly(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value,
  );
}

/** The object that a tool is called with. Undefined = the text is none, such as when the response was cut off. */
export function argumentsFrom(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    const value = parseExactly(text);
    return isPlainObject(value) && !json.isRawJSON(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** For text that is no object: the protocol takes nothing but an object. */
export function wrappedArguments(text: string): JsonObject {
  return { arguments: text };
}
