/**
 * Requests to Azure OpenAI: the v1 API, whose requests are OpenAI's own, and the API by deployment, whose path names the
 * model (https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle). A key goes into the header
 * `api-key`; an application of Microsoft Entra gets tokens
 * (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
 */
import { HalleyError } from '../../platform/errors.ts';
import { parseBaseUrl } from '../dialling.ts';
import type { PlainRequest, RequestStyle } from '../request-style.ts';
import type { StyleFields, StyleParts } from '../style-parts.ts';
import { type BasePath, upstreamPath } from '../upstream-path.ts';
import { readApplication } from './azure-keys.ts';
import { requestToken } from './oauth-token.ts';
import { TokenSource } from './token-source.ts';

const scope = 'https://cognitiveservices.azure.com/.default';
const namesApi = /\/openai\/(?:v1|deployments\/[^/]+)$/;
const namesVersion = /(?:^|&)api-version=/;

/** Of the API by deployment, the operations that are not of a deployment. */
const ofResource: ReadonlySet<string> = new Set(['responses', 'responses.input_tokens']);

/** @throws HalleyError('invalid_value') */
function requireApi({ basePath, baseQuery }: BasePath): void {
  if (namesApi.test(basePath) || namesVersion.test(baseQuery)) return;
  const message =
    'The base URL of Azure OpenAI must be https://RESOURCE.openai.azure.com/openai/v1, or https://RESOURCE.openai.azure.com?api-version=VERSION for the API by deployment.';
  throw new HalleyError('invalid_value', { message, param: 'base_url' });
}

/** @throws HalleyError('invalid_value') for a key or base URL that cannot be used */
export function checkAzure({ base, keys, settings }: StyleFields): void {
  requireApi(base);
  for (const key of keys) {
    const { tokenUri } = readApplication(key) ?? {};
    if (tokenUri === undefined) continue;
    try {
      parseBaseUrl(tokenUri, settings);
    } catch {
      const message = 'The "authority_host" of the key is no address that the gateway may dial.';
      throw new HalleyError('invalid_value', { message, param: 'keys' });
    }
  }
}

function pathOf(base: BasePath, { protocol, operation, path, model }: PlainRequest): string {
  if (namesApi.test(base.basePath)) return upstreamPath(base, protocol.name, path);
  const rest = path.replace(/^\/v1/, '');
  const place = ofResource.has(operation) ? '/openai' : `/openai/deployments/${encodeURIComponent(model)}`;
  return upstreamPath(base, protocol.name, place + rest);
}

/** By key; API keys have none. */
function tokenSources({
  keys,
  connectionsTo,
  clock,
  timeoutMs,
}: StyleParts): ReadonlyMap<string, TokenSource> {
  return new Map(
    keys.flatMap((key) => {
      const application = readApplication(key);
      if (!application) return [];
      const { tokenUri, clientId, clientSecret } = application;
      const connections = connectionsTo(tokenUri);
      const parameters = {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope,
      };
      const issue = () => requestToken({ connections, tokenUri, parameters, timeoutMs });
      return [[key, new TokenSource(issue, clock)] as const];
    }),
  );
}

/** @throws HalleyError('invalid_value') for a key or base URL that cannot be used */
export function azureStyle(parts: StyleParts): RequestStyle {
  const { base, keys } = parts;
  requireApi(base);
  const sources = tokenSources(parts);
  const path = (request: PlainRequest) => pathOf(base, request);
  // Azure lists the models that can be deployed; requests name deployments.
  const serves = (operation: string) => operation !== 'models';
  if (sources.size === 0) return { serves, path, auth: (key) => ({ 'api-key': key }) };
  return {
    serves,
    path,
    async authorize(_request, key = '') {
      const source = sources.get(key);
      return source ? ['authorization', `Bearer ${await source.token()}`] : ['api-key', key];
    },
    refused(key = '') {
      const source = sources.get(key);
      if (source?.last !== undefined) source.discard(source.last);
    },
    secrets: () =>
      keys.flatMap((key) => {
        const { last } = sources.get(key) ?? {};
        return [readApplication(key)?.clientSecret, last].filter((text) => text !== undefined);
      }),
  };
}
