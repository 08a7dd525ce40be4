/**
 * Filters forwarded headers by an allow-list in each direction. Credentials and connection details of the client do
 * not reach the upstream; details of the operator's account do not reach the client. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { ChannelOptions } from '../domain/channel-options.ts';
import { HalleyError } from '../platform/errors.ts';

/** Names of request headers that every protocol forwards: what the request is, and what it belongs to. */
const generalNames: readonly string[] = [
  ...['accept', 'content-type', 'user-agent', 'idempotency-key', 'traceparent', 'tracestate'],
];

/** Which other headers of clients a channel passes on: names in lower case, in which `*` stands for any characters. */
export type HeaderPolicy = Pick<ChannelOptions, 'pass_headers' | 'block_headers'>;

/** Names that a channel may not set: the gateway sets them for each request, or they belong to the connection. */
const fixedNames: ReadonlySet<string> = new Set([
  ...[
    'host',
    'connection',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
  ...['expect', 'content-length', 'content-encoding', 'accept-encoding'],
]);

/**
 * Names that are never forwarded, even if a protocol lists them: the above, and headers with credentials or with
 * the client's network path.
 */
const heldBack: ReadonlySet<string> = new Set([
  ...fixedNames,
  ...['authorization', 'x-api-key', 'x-goog-api-key', 'mj-api-secret', 'proxy-authorization', 'cookie'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'sec-websocket-protocol'],
  ...['forwarded', 'via', 'http2-settings'],
]);

const tokenName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const badValue = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Checks whether a channel may send these extra headers.
 * @throws HalleyError('invalid_value') naming the invalid header
 */
export function checkExtraHeaders(extraHeaders: Readonly<Record<string, string>>): void {
  const wrong = (why: string) =>
    new HalleyError('invalid_value', { message: `"extra_headers": ${why}`, param: 'extra_headers' });
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(extraHeaders)) {
    const lower = name.toLowerCase();
    const shown = JSON.stringify(name.slice(0, 64));
    if (!tokenName.test(name))
      throw wrong(`the header name ${shown} contains a character that names cannot have.`);
    if (fixedNames.has(lower)) throw wrong(`the header ${shown} is set by Halley itself. Leave it out.`);
    if (seen.has(lower)) throw wrong(`the header ${shown} is given twice.`);
    if (badValue.test(value))
      throw wrong(`the value of header ${shown} holds a character that it cannot have.`);
    seen.add(lower);
  }
}

export interface UpstreamHeadersInput {
  /** Name, value, name, value, as the client sent them. */
  readonly rawHeaders: readonly string[];
  /** Bytes of the body; undefined when the length is unknown or there is no body. */
  readonly contentLength: number | undefined;
  /** The credentials for the upstream; undefined when it needs none. */
  readonly auth: Readonly<Record<string, string>> | undefined;
  /** The headers of the channel, which replace others of the same name; see `checkExtraHeaders`. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Of the channel; results are cached by its identity. */
  readonly policy?: HeaderPolicy | undefined;
  /** Sent when neither the client nor the channel sends a header of that name. */
  readonly defaults?: Readonly<Record<string, string>> | undefined;
  /**
   * Further names (lower case) to forward. Each protocol must use one array, since results are cached by identity.
   */
  readonly forwarded: readonly string[];
}

/** The names that one channel passes on in one protocol. */
class AllowedNames {
  readonly #names: ReadonlySet<string>;
  readonly #replaced: ReadonlySet<string>;
  readonly #passed: readonly RegExp[];
  readonly #blocked: readonly RegExp[];

  constructor(
    extraHeaders: object,
    { pass_headers = [], block_headers = [] }: HeaderPolicy,
    forwarded: readonly string[],
  ) {
    this.#replaced = new Set(Object.keys(extraHeaders).map((name) => name.toLowerCase()));
    this.#passed = pass_headers.map(globOf);
    this.#blocked = block_headers.map(globOf);
    this.#names = new Set([...generalNames, ...forwarded].filter((name) => this.#mayPass(name)));
  }

  /** @param name in lower case */
  has(name: string): boolean {
    if (this.#names.has(name)) return true;
    return this.#passed.length > 0 && this.#passed.some((glob) => glob.test(name)) && this.#mayPass(name);
  }

  #mayPass(name: string): boolean {
    return !heldBack.has(name) && !this.#replaced.has(name) && !this.#blocked.some((glob) => glob.test(name));
  }
}

function globOf(pattern: string): RegExp {
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[^a-z0-9_-]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/** Caches the allowed names for each channel and protocol. */
const allowedNames = new WeakMap<object, WeakMap<object, WeakMap<readonly string[], AllowedNames>>>();
const noPolicy: HeaderPolicy = {};

function allowedFor({ extraHeaders, policy = noPolicy, forwarded }: UpstreamHeadersInput): AllowedNames {
  const byPolicy = valueIn(allowedNames, extraHeaders, () => new WeakMap());
  const byProtocol = valueIn(byPolicy, policy, () => new WeakMap());
  return valueIn(byProtocol, forwarded, () => new AllowedNames(extraHeaders, policy, forwarded));
}

function valueIn<Key extends object, Value extends object>(
  map: WeakMap<Key, Value>,
  key: Key,
  make: () => Value,
): Value {
  const known = map.get(key);
  if (known) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * Builds the headers of an upstream request for undici (name, value, name, value). Requests an uncompressed
 * response, since the gateway reads the usage from it.
 */
export function buildUpstreamHeaders(input: UpstreamHeadersInput): string[] {
  const { rawHeaders, contentLength, auth, extraHeaders } = input;
  const allowed = allowedFor(input);
  const headers = ['accept-encoding', 'identity'];
  let typed = false;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (!allowed.has(name) || badValue.test(value)) continue;
    // With two content types, each reader would choose one of them.
    if (name === 'content-type') {
      if (typed) continue;
      typed = true;
    }
    headers.push(name, value);
  }
  if (contentLength !== undefined) headers.push('content-length', String(contentLength));
  for (const name in auth) {
    if (!isReplaced(extraHeaders, name)) headers.push(name, auth[name] ?? '');
  }
  for (const name in extraHeaders) headers.push(name, extraHeaders[name] ?? '');
  for (const name in input.defaults) {
    if (!isNamed(headers, name)) headers.push(name, input.defaults[name] ?? '');
  }
  return headers;
}

/** @param headers name, value, name, value */
function isNamed(headers: readonly string[], name: string): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === name) return true;
  }
  return false;
}

function isReplaced(extraHeaders: Readonly<Record<string, string>>, name: string): boolean {
  for (const extra in extraHeaders) if (extra.toLowerCase() === name.toLowerCase()) return true;
  return false;
}

/** Response headers that are forwarded unchanged, in the order of sending. */
const passedBack = [
  ...['content-type', 'content-encoding', 'cache-control', 'content-disposition', 'retry-after'],
  ...['retry-after-ms', 'x-should-retry', 'openai-processing-ms'],
] as const;

/** Rate limits of the operator's account get this prefix, so that no client takes them for its own. */
const upstreamPrefix = 'x-upstream-';
const accountLimits = /^(?:x|anthropic)-ratelimit-/;

/** Headers in which upstreams send their own request id. */
const requestIdNames = ['x-request-id', 'request-id', 'x-amzn-requestid'] as const;

/**
 * Selects the response headers for the client, as `writeHead` takes them (name, value, name, value). Renames the
 * upstream's request id to `x-upstream-request-id`, and puts `x-upstream-` before the names of its rate limits. Drops
 * organisations and cookies of the operator's account.
 * @param options.keepLength whether the body is unchanged, so that its length is still valid
 */
export function responseHeaders(
  headers: IncomingHttpHeaders,
  options: { readonly keepLength: boolean },
): string[] {
  const passed: string[] = [];
  for (const name of passedBack) add(passed, name, headers[name]);
  if (options.keepLength) add(passed, 'content-length', headers['content-length']);
  for (const name of requestIdNames) {
    if (headers[name] !== undefined) {
      add(passed, 'x-upstream-request-id', headers[name]);
      break;
    }
  }
  for (const name in headers) {
    if (accountLimits.test(name)) add(passed, upstreamPrefix + name.replace(/^x-/, ''), headers[name]);
  }
  return passed;
}

function add(to: string[], name: string, value: string | readonly string[] | undefined): void {
  const first = typeof value === 'string' ? value : value?.[0];
  if (first !== undefined && !badValue.test(first)) to.push(name, first);
}

/**
 * Replaces the content type.
 * @param headers name, value, name, value
 */
export function withContentType(headers: readonly string[], contentType: string): readonly string[] {
  const others = headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== 'content-type');
  return [...others, 'content-type', contentType];
}
