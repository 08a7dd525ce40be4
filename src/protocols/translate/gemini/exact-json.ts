/** Parses JSON so that writing it again keeps the text of numbers that JavaScript cannot hold, such as 64-bit ids. Pure. */

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Members of ECMAScript 2026 that TypeScript's library does not have yet. */
interface JsonWithSource {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): object;
}

const json = JSON as unknown as JsonWithSource;

/** Digits that a double always holds. */
const exactDigits = 15;
const longNumber = /\d{16}|[eE][+-]?\d{3}/;

function keepExact(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined) return value;
  if (Number.isFinite(value) && (source.length <= exactDigits || String(value) === source)) return value;
  return json.rawJSON(source);
}

/** @throws SyntaxError for what is no JSON */
export function parseExactly(text: string): unknown {
  return longNumber.test(text) ? json.parse(text, keepExact) : JSON.parse(text);
}
