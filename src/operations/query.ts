/** Reads parameters of a raw query string without building a map. Pure. */

/** Percent-decodes a query part (`+` is a space); text that is not valid percent-encoding stays as it is. */
function decodePart(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function nameOf(part: string): string {
  const equals = part.indexOf('=');
  return decodePart(equals === -1 ? part : part.slice(0, equals));
}

/**
 * @param query the raw text after `?`
 * @returns the first value of `name`, decoded; undefined when the parameter is not there
 */
export function queryValue(query: string, name: string): string | undefined {
  if (query === '') return undefined;
  for (const part of query.split('&')) {
    if (nameOf(part) !== name) continue;
    const equals = part.indexOf('=');
    return equals === -1 ? '' : decodePart(part.slice(equals + 1));
  }
  return undefined;
}

/** Removes every parameter that may contain the caller's key, in any letter case; keeps the rest unchanged. */
export function withoutKey(query: string): string {
  if (query === '' || query === 'alt=sse') return query;
  return query
    .split('&')
    .filter((part) => nameOf(part).trim().toLowerCase() !== 'key')
    .join('&');
}
