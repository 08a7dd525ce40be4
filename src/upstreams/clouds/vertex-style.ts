/**
 * Requests to Vertex AI: Gemini's bytes untouched, Claude in Anthropic's form (rawPredict), other models by Vertex's
 * endpoint of OpenAI's chat completions
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude).
 */
import { HalleyError } from '../../platform/errors.ts';
import { type BaseUrl, type DialSettings, parseBaseUrl } from '../dialling.ts';
import type { PlainRequest, RequestStyle } from '../request-style.ts';
import type { StyleFields, StyleParts } from '../style-parts.ts';
import { betasOf, vertexBetas, withoutBetas } from './betas.ts';
import { inEnvelope } from './envelope.ts';
import { googleErrorInProtocol } from './google-errors.ts';
import { requestGoogleToken } from './google-token.ts';
import { readServiceAccount } from './service-account.ts';
import { TokenSource } from './token-source.ts';

const added = '"anthropic_version":"vertex-2023-10-16"';
const served: ReadonlySet<string> = new Set([
  ...['messages', 'messages.count_tokens', 'chat.completions'],
  ...['generateContent', 'streamGenerateContent', 'countTokens'],
]);
const projectPath = /\/projects\/[^/]+\/locations\/[^/]+$/;

/** @throws HalleyError('invalid_value') */
function requireProject({ basePath }: Pick<BaseUrl, 'basePath'>): void {
  if (projectPath.test(basePath)) return;
  const message =
    'The base URL of Vertex AI must name project and location: https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION, or https://aiplatform.googleapis.com/v1/projects/PROJECT/locations/global.';
  throw new HalleyError('invalid_value', { message, param: 'base_url' });
}

/** @throws HalleyError('invalid_value') for a key or base URL that cannot be used */
export function checkVertex({ base, keys, settings }: StyleFields): void {
  requireProject(base);
  for (const key of keys) requireTokenUri(readServiceAccount(key).tokenUri, settings);
}

function requireTokenUri(url: string, settings: DialSettings): void {
  try {
    parseBaseUrl(url, settings);
  } catch {
    const message = 'The "token_uri" of the key is no address that the gateway may dial.';
    throw new HalleyError('invalid_value', { message, param: 'keys' });
  }
}

const isCount = ({ operation }: Pick<PlainRequest, 'operation'>) => operation === 'messages.count_tokens';

/** Versions of a model follow an @, which need not be encoded. */
const inPath = (model: string): string => encodeURIComponent(model).replaceAll('%40', '@');

function pathOf({ basePath }: BaseUrl, request: PlainRequest): string {
  const { protocol, path, model, form } = request;
  if (protocol.name === 'openai') return `${basePath}/endpoints/openapi/chat/completions`;
  if (protocol.name === 'gemini') {
    // What follows the last colon is the verb with the query, which has no colon of its own.
    const verb = path.slice(path.lastIndexOf(':'));
    return `${basePath}/publishers/google/models/${inPath(model)}${verb}`;
  }
  const verb = form === 'sse' ? 'streamRawPredict' : 'rawPredict';
  return `${basePath}/publishers/anthropic/models/${isCount(request) ? 'count-tokens' : inPath(model)}:${verb}`;
}

interface HeldAccount {
  readonly source: TokenSource;
  readonly secrets: readonly string[];
}

function heldAccounts(parts: StyleParts): ReadonlyMap<string, HeldAccount> {
  const { keys, connectionsTo, clock, timeoutMs } = parts;
  return new Map(
    keys.map((key) => {
      const account = readServiceAccount(key);
      const connections = connectionsTo(account.tokenUri);
      const issue = () => requestGoogleToken({ account, connections, clock, timeoutMs });
      return [key, { source: new TokenSource(issue, clock), secrets: account.secrets }];
    }),
  );
}

/** @throws HalleyError('invalid_value') for a key or base URL that cannot be used */
export function vertexStyle(parts: StyleParts): RequestStyle {
  const { base, clock } = parts;
  requireProject(base);
  const accounts = heldAccounts(parts);
  return {
    serves: (operation) => served.has(operation),
    path: (request) => pathOf(base, request),
    async envelope(request) {
      const { protocol, rawHeaders, body } = request;
      if (protocol.name !== 'anthropic') return { rawHeaders, body };
      const betas = isCount(request) ? [] : betasOf(rawHeaders, vertexBetas);
      const kept = withoutBetas(rawHeaders);
      // A count has the name of the model in its body.
      const removed = isCount(request) ? ['anthropic_version'] : ['anthropic_version', 'model'];
      return {
        rawHeaders: betas.length === 0 ? kept : [...kept, 'anthropic-beta', betas.join(',')],
        body: await inEnvelope(body, { removed, added }, clock),
      };
    },
    async authorize(_request, key = '') {
      const source = accounts.get(key)?.source;
      if (!source) throw new HalleyError('upstream_rejected', { log: 'the channel has no service account' });
      return ['authorization', `Bearer ${await source.token()}`];
    },
    refused(key = '') {
      const source = accounts.get(key)?.source;
      if (source?.last !== undefined) source.discard(source.last);
    },
    error: ({ name }, _status, _headers, body) => googleErrorInProtocol(name, body),
    secrets: () =>
      [...accounts.values()].flatMap(({ source, secrets }) =>
        source.last === undefined ? secrets : [...secrets, source.last],
      ),
  };
}
