/** Joins path and query of a channel's base URL with those of an operation. Pure. */
import type { ProtocolName } from '../domain/protocol-name.ts';

export interface BasePath {
  /** Empty, or starts with a slash and does not end with one. */
  readonly basePath: string;
  /** Without its question mark; empty when there is none. */
  readonly baseQuery: string;
  /**
   * Whose operations lose their version segment (`/v1`, `/v1beta`): those of every protocol when the base path ends
   * with a version, and only those of OpenAI when a version is elsewhere in it.
   */
  readonly ownVersion: 'all' | 'openai' | 'none';
}

const versionSegment = /^v\d[a-z0-9]*$/i;
const operationVersion = /^\/v\d[a-z0-9]*(?=\/)/i;
const azureDeployment = /\/openai\/deployments\/[^/]+$/;

function ownVersionOf(basePath: string, exact: boolean): BasePath['ownVersion'] {
  const segments = basePath.split('/');
  if (exact || azureDeployment.test(basePath) || versionSegment.test(segments.at(-1) ?? '')) return 'all';
  return segments.some((segment) => versionSegment.test(segment)) ? 'openai' : 'none';
}

/** @param url has an empty fragment; a trailing `#` means that no version may be added */
export function readBasePath(url: URL): BasePath {
  const basePath = url.pathname.replace(/\/+$/, '');
  const ownVersion = ownVersionOf(basePath, url.href.endsWith('#'));
  return { basePath, baseQuery: url.search.slice(1), ownVersion };
}

/** The base without the version at its end: where paths stand that have none. */
export function atHost(base: BasePath): BasePath {
  const basePath = base.basePath.replace(/\/v\d[a-z0-9]*$/i, '');
  return { ...base, basePath, ownVersion: 'none' };
}

/**
 * Returns the path and query of an upstream request.
 * @param operationPath such as `/v1/chat/completions` or `/v1beta/models/m:streamGenerateContent?alt=sse`
 */
export function upstreamPath(base: BasePath, protocol: ProtocolName, operationPath: string): string {
  const { basePath, baseQuery, ownVersion } = base;
  const drops = ownVersion === 'all' || (ownVersion === 'openai' && protocol === 'openai');
  const path = drops ? operationPath.replace(operationVersion, '') : operationPath;
  return basePath + (baseQuery === '' ? path : withQuery(path, baseQuery));
}

const nameOf = (parameter: string): string => parameter.split('=', 1)[0] ?? '';

/** Parameters of the channel override those of the client. */
function withQuery(path: string, baseQuery: string): string {
  const [bare = '', query = ''] = path.split('?', 2);
  const own = baseQuery.split('&');
  const names = new Set(own.map(nameOf));
  const rest = query.split('&').filter((parameter) => parameter !== '' && !names.has(nameOf(parameter)));
  return `${bare}?${[...own, ...rest].join('&')}`;
}

const endpoints = [
  '(?:chat/)?completions',
  'responses(?:/(?:input_tokens|compact|[^/]+/(?:cancel|input_items)))?',
  'embeddings',
  'images/(?:generations|edits|variations)',
  'audio/(?:speech|transcriptions|translations)',
  'videos(?:/[^/]+/(?:content|remix))?',
  '(?:query/)?video_generation',
  'files/retrieve',
  'realtime(?:/client_secrets)?',
  'moderations',
  'rerank',
  'messages(?:/count_tokens)?',
  'models/[^/]+:[a-z]+',
];
const endpoint = new RegExp(`/(?:${endpoints.join('|')})$`, 'i');
const listOfModels = /(?<=\/v\d[a-z0-9]*(?:\/openai)?)\/models$/i;

/**
 * Removes the path of an endpoint from a base URL that was copied with it.
 * @returns the suggested base URL; undefined when the URL has no endpoint path
 */
export function withoutEndpoint(url: URL): string | undefined {
  const path = url.pathname.replace(/\/+$/, '');
  const bare = path.replace(endpoint, '').replace(listOfModels, '');
  if (bare === path) return undefined;
  // The endpoint has no version, so the suggestion must prevent adding one.
  const mark = ownVersionOf(bare, false) === 'none' ? '#' : '';
  return url.origin + bare + url.search + mark;
}
