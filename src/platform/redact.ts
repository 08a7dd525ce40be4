/** Removes secrets from log data. Pure. */

const redacted = '[redacted]';
const text_chars_max = 16_384;
const depth_max = 6;
const items_max = 200;

/**
 * Matches secrets anywhere in a text: keys of Halley and of common upstreams (`sk-…`, `AIza…`), keys of Halley
 * without prefix (48 letters and digits), the word after `Bearer`, and a key in a query.
 */
const secretInText =
  /sk-[0-9a-z_-]{20,}|AIza[0-9a-z_-]{30,}|(?<![0-9a-z])[0-9a-z]{48}(?![0-9a-z])|bearer\s+\S+|(?<=[?&](?:key|api_key|token|access_token)=)[^&\s"']+/gi;

/**
 * Matches field names in lower case without dashes and underscores. A name with such an ending matches too:
 * `accessToken`.
 */
const secretFieldName =
  /(authorization|cookie|password|passwordhash|token|apikey|apisecret|secret|credential|credentials|csrf)$|^(key|keys|value|digest|sealed|xgoogapikey|secwebsocketprotocol)$/;

/** Caches the decision for each field name. Field names come from code, so they are few; bounded for safety. */
const judged = new Map<string, boolean>();

function isSecretName(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const secret = secretFieldName.test(name.replaceAll(/[-_]/g, '').toLowerCase());
  if (judged.size < 1000) judged.set(name, secret);
  return secret;
}

/** Removes secrets from a text and truncates it at 16 Ki characters. */
export function redactText(text: string): string {
  // The shortest secret that the pattern matches is `bearer x`.
  if (text.length < 8) return text;
  const clean = text.replace(secretInText, redacted);
  return clean.length > text_chars_max ? `${clean.slice(0, text_chars_max)}…` : clean;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...rest } = error;
  return redactEntries({ type: name, message, stack, cause, ...rest }, depth);
}

function redactObject(value: object, depth: number): unknown {
  if (depth > depth_max) return '[too deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, items_max).map((item) => redactValue(item, depth + 1));
  return redactEntries(value, depth);
}

function redactValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'object':
      return value === null ? null : redactObject(value, depth);
    case 'bigint':
      return String(value);
    case 'function':
    case 'symbol':
      return undefined;
    default:
      return value;
  }
}

function redactEntries(fields: object, depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  let count = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (++count > items_max) break;
    const harmless = typeof value === 'number' || typeof value === 'boolean' || value === null;
    const safeName = name.length < 8 || isSecretName(name) ? name : redactText(name);
    clean[safeName] = harmless ? value : isSecretName(name) ? redacted : redactValue(value, depth + 1);
  }
  return clean;
}

/**
 * Makes fields safe to log. Values of fields named like a secret become `[redacted]`. Texts lose secrets, errors
 * become objects, bytes become their count. Size and depth are bounded.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return redactEntries(fields, 0);
  } catch {
    return { unreadable: true };
  }
}
