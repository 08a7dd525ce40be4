/**
 * Parses JSON texts of clients. V8 takes a name for one that it has seen in other texts if their bytes begin alike
 * (Node 26.10): after texts with the name `max\\u005ft` it reads `max\u005ftokens` as `max\u005ft`, so a client could hide
 * a member from the gateway that the upstream reads. Names are therefore written without such escapes first. Pure.
 */

/**
 * As `JSON.parse`.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text.includes('\\u') ? withPlainNames(text) : text);
}

/** The text with each name in its shortest form; the same text if nothing changes, or if it is not JSON. */
function withPlainNames(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  for (let open = text.indexOf('"'); open !== -1; ) {
    const end = endOfString(text, open);
    if (end === -1) break;
    if (isName(text, end)) {
      const name = text.slice(open, end);
      if (name.includes('\\u')) {
        pieces.push(text.slice(copied, open), plain(name));
        copied = end;
      }
    }
    open = text.indexOf('"', end);
  }
  return copied === 0 ? text : pieces.join('') + text.slice(copied);
}

/** @returns the index after the closing quote; -1 = there is none */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close !== -1; close = text.indexOf('"', close + 1)) {
    let escapes = 0;
    while (text[close - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return close + 1;
  }
  return -1;
}

function isName(text: string, end: number): boolean {
  let index = end;
  while (' \t\n\r'.includes(text[index] ?? ':')) index += 1;
  return text[index] === ':';
}

function plain(name: string): string {
  try {
    return JSON.stringify(JSON.parse(name));
  } catch {
    return name;
  }
}
