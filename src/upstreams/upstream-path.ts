/** Joins path and query of a channel's base URL with those of an operation. Pure. */
import type { ProtocolName } from '../domain/protocol-name.ts';

export interface BasePath {
  /** Empty, or begins with a slash and does not end with one. */
  readonly basePath: string;
  /** Without its question mark; empty when there is none. */
  readonly baseQuery: string;
  /**
   * Whose operations lose their version segment (`/v1`, `/v1beta`): those of every protocol when the base path says
   * itself where the version is, and of OpenAI's alone when a version is somewhere inside it.
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

/** @param url whose fragment is empty; one that is written all the same (`#` at the end) asks for no version */
export function readBasePath(url: URL): BasePath {
  const basePath = url.pathname.replace(/\/+$/, '');
  const ownVersion = ownVersionOf(basePath, url.href.endsWith('#'));
  return { basePath, baseQuery: url.search.slice(1), ownVersion };
}

/**
 * The path and query that a request to an upstream names.
 * @param operationPath such as `/v1/chat/completions` or `/v1beta/models/m:streamGenerateContent?alt=sse`
 */
export function upstreamPath(base: BasePath, protocol: ProtocolName, operationPath: string): string {
  const { basePath, baseQuery, ownVersion } = base;
  const drops = ownVersion === 'all' || (ownVersion === 'openai' && protocol === 'openai');
  const path = drops ? operationPath.replace(operationVersion, '') : operationPath;
  return basePath + (baseQuery === '' ? path : withQuery(path, baseQuery));
}

const nameOf = (parameter: string): string => parameter.split('=', 1)[0] ?? '';

/** What the channel says of a parameter holds, whatever the client sends. */
function withQuery(path: string, baseQuery: string): string {
  const [bare = '', query = ''] = path.split('?', 2);
  const own = baseQuery.split('&');
  const names = new Set(own.map(nameOf));
  const rest = query.split('&').filter((parameter) => parameter !== '' && !names.has(nameOf(parameter)));
  return `${bare}?${[...own, ...rest].join('&')}`;
}

const endpoint =
  /\/(?:(?:chat\/)?completions|responses|embeddings|images\/generations|messages(?:\/count_tokens)?|models\/[^/]+:[a-z]+)$/i;
const listOfModels = /(?<=\/v\d[a-z0-9]*(?:\/openai)?)\/models$/i;

/**
 * Takes the path of an endpoint off a base URL that was copied with it.
 * @returns what to write instead; undefined when it names no endpoint
 */
export function withoutEndpoint(url: URL): string | undefined {
  const path = url.pathname.replace(/\/+$/, '');
  const bare = path.replace(endpoint, '').replace(listOfModels, '');
  if (bare === path) return undefined;
  // Where the endpoint has no version, none must be put in.
  const mark = ownVersionOf(bare, false) === 'none' ? '#' : '';
  return url.origin + bare + url.search + mark;
}
