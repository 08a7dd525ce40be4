/** Routes method and path to an endpoint. It matches raw paths, with or without a trailing slash. */
import { HalleyError } from '../platform/errors.ts';
import type { Endpoint } from './endpoint.ts';

export interface Found {
  readonly endpoint: Endpoint;
  /** The raw segment at `{id}`, or ''. */
  readonly id: string;
}

/** @throws HalleyError('path_not_found'); `method_not_allowed` with Allow */
export function findEndpoint(endpoints: readonly Endpoint[], method: string, rawPath: string): Found {
  const segments = rawPath.replace(/\/$/, '').split('/');
  const matching = endpoints.flatMap((endpoint): Found[] => {
    const id = match(segmentsOf(endpoint.path), segments);
    return id === undefined ? [] : [{ endpoint, id }];
  });
  if (matching.length === 0) throw new HalleyError('path_not_found');
  // `/api/token/search` also matches `/api/token/{id}`; the literal path takes precedence.
  const spelt = matching.filter(({ endpoint }) => !endpoint.path.includes('{id}'));
  const here = spelt.length > 0 ? spelt : matching;
  const found = here.find(({ endpoint }) =>
    method === 'HEAD' ? takesHead(endpoint) : endpoint.method === method,
  );
  if (found) return found;
  throw new HalleyError('method_not_allowed', { headers: { allow: allowed(here) } });
}

function allowed(here: readonly Found[]): string {
  const methods = new Set(here.map(({ endpoint }) => endpoint.method as string));
  if (here.some(({ endpoint }) => takesHead(endpoint))) methods.add('HEAD');
  return [...methods].sort().join(', ');
}

/** HEAD must not change anything (RFC 9110, 9.3.2), and would discard values that only the response shows. */
function takesHead(endpoint: Endpoint): boolean {
  return endpoint.method === 'GET' && !endpoint.changes;
}

/** The paths of endpoints, taken apart once: every call is compared with all of them. */
const takenApart = new Map<string, readonly string[]>();

function segmentsOf(path: string): readonly string[] {
  const known = takenApart.get(path) ?? path.split('/');
  takenApart.set(path, known);
  return known;
}

function match(pattern: readonly string[], segments: readonly string[]): string | undefined {
  if (pattern.length !== segments.length) return undefined;
  let id = '';
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part === '{id}') id = segment;
    else if (part !== segment) return undefined;
  }
  return id;
}
