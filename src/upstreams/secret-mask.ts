/** Masks a channel's credentials in an upstream's error responses. Pure. */

/** Shorter ones are placeholders (`none`, `ollama`), which would tear holes into plain words. */
const secretCharsMin = 8;
const credentialName = /auth|key|token|secret|cookie|password|credential|session|signature/i;
const scheme = /^(?:bearer|basic|token|apikey)\s+/i;
const replacement = '[redacted]';

/** The channel's keys, and the values among its headers that carry credentials. */
export function secretsOf(
  keys: readonly string[],
  extraHeaders: Readonly<Record<string, string>>,
): readonly string[] {
  const found = new Set(keys);
  for (const [name, value] of Object.entries(extraHeaders)) {
    if (!credentialName.test(name) && !scheme.test(value)) continue;
    found.add(value);
    // Of cookies and lists each part is a secret of its own.
    for (const part of value.replace(scheme, '').split(/[;,\s]+/)) {
      found.add(part);
      found.add(part.slice(part.indexOf('=') + 1));
    }
  }
  return [...found].filter(({ length }) => length >= secretCharsMin);
}

/** The Base64 of a secret wherever it stands in a longer text, without the characters that its neighbours change. */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.from('\0'.repeat(before) + secret, 'latin1').toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + secret.length) * 8) / 6);
    const inner = encoded.slice(first, end);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** What JSON writers escape beyond what they must: Go's, Java's Gson, .NET's. */
const escapedByWriters: readonly RegExp[] = [/[&<>]/g, /[&<>=']/g, /[&<>'+`]/g];

const inUnicode = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The ways in which an upstream may write a secret: as it is, in JSON, in a URL, in Base64. */
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
  /** Longest first, so that no form is cut by a shorter one within it. */
  readonly #forms: readonly string[];

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.flatMap(formsOf).filter(({ length }) => length >= secretCharsMin));
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
  }

  /** The most characters that a secret may take. */
  get charsMax(): number {
    return this.#forms[0]?.length ?? 0;
  }

  mask(text: string): string {
    let masked = text;
    for (const form of this.#forms) masked = masked.replaceAll(form, replacement);
    return masked;
  }

  /** Bytes that hold no secret come back as they are. */
  maskBytes(bytes: Buffer): Buffer {
    // Secrets are ASCII, or Latin-1 in headers, and Latin-1 gives every byte back.
    const text = bytes.toString('latin1');
    const masked = this.mask(text);
    return masked === text ? bytes : Buffer.from(masked, 'latin1');
  }
}
