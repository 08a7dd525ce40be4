/** Masks a channel's credentials in an upstream's error responses. Pure. */

/** Shorter values are placeholders (`none`, `ollama`). Masking them would remove ordinary words. */
const secretCharsMin = 8;
const credentialName = /auth|key|token|secret|cookie|password|credential|session|signature/i;
const scheme = /^(?:bearer|basic|token|apikey)\s+/i;
const replacement = '[redacted]';

/** Returns the channel's keys, and the values of its headers that carry credentials. */
export function secretsOf(
  keys: readonly string[],
  extraHeaders: Readonly<Record<string, string>>,
): readonly string[] {
  const found = new Set(keys);
  for (const [name, value] of Object.entries(extraHeaders)) {
    if (!credentialName.test(name) && !scheme.test(value)) continue;
    found.add(value);
    // Each part of a cookie or list is a secret of its own.
    for (const part of value.replace(scheme, '').split(/[;,\s]+/)) {
      found.add(part);
      found.add(part.slice(part.indexOf('=') + 1));
    }
  }
  return [...found].filter(({ length }) => length >= secretCharsMin);
}

/**
 * Returns the Base64 forms of a secret inside a longer text, for each alignment, without characters that
 * neighbouring bytes influence.
 */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.from('\0'.repeat(before) + secret, 'latin1').toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + secret.length) * 8) / 6);
    const inner = encoded.slice(first, end);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Characters that the JSON writers of Go, Java (Gson) and .NET escape although JSON does not require it. */
const escapedByWriters: readonly RegExp[] = [/[&<>]/g, /[&<>=']/g, /[&<>'+`]/g];

const inUnicode = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Returns the forms in which an upstream may write a secret: plain, in JSON, in a URL, in Base64. */
function formsOf(secret: string): readonly string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const plain = [secret, inJson, encodeURIComponent(secret)];
  const forms = [...plain, ...base64Forms(secret)];
  const slashes = forms.map((form) => form.replaceAll('/', '\\/'));
  const escaped = escapedByWriters.flatMap((escapes) =>
    plain.map((form) => form.replace(escapes, inUnicode)),
  );
  return [...forms, ...slashes, ...escaped];
}

export class SecretMask {
  /** Longest first, so that a shorter form does not mask part of a longer one. */
  readonly #forms: readonly string[];

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.flatMap(formsOf).filter(({ length }) => length >= secretCharsMin));
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
  }

  /** Length of the longest form. */
  get charsMax(): number {
    return this.#forms[0]?.length ?? 0;
  }

  mask(text: string): string {
    let masked = text;
    for (const form of this.#forms) masked = masked.replaceAll(form, replacement);
    return masked;
  }

  /** Returns the same buffer when it contains no secret. */
  maskBytes(bytes: Buffer): Buffer {
    // Latin-1 maps every byte to one character and back. Secrets are ASCII, or Latin-1 in headers.
    const text = bytes.toString('latin1');
    const masked = this.mask(text);
    return masked === text ? bytes : Buffer.from(masked, 'latin1');
  }
}
