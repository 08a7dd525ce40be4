/** Paths of stored responses: what clients do with one that an upstream keeps. Pure; paths are raw. */
import type { ObjectKind } from '../../domain/upstream-object.ts';

export interface StoredCall {
  /** Stable, in logs and metrics. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{id}` for a segment. */
  readonly path: string;
  readonly kind: ObjectKind;
  readonly summary: string;
  /** Whether it ends what it names. */
  readonly removes?: true;
}

const response = '/v1/responses/{id}';

export const storedCalls: readonly StoredCall[] = [
  { name: 'responses.get', method: 'GET', path: response, kind: 'response', summary: 'A stored response' },
  {
    ...{ name: 'responses.delete', method: 'DELETE', path: response, kind: 'response', removes: true },
    summary: 'Delete a stored response',
  },
  {
    ...{ name: 'responses.cancel', method: 'POST', path: `${response}/cancel`, kind: 'response' },
    summary: 'Cancel a response that runs in the background',
  },
  {
    ...{ name: 'responses.input_items', method: 'GET', path: `${response}/input_items`, kind: 'response' },
    summary: 'The input of a stored response',
  },
];

export interface MatchedStored {
  readonly call: StoredCall;
  readonly id: string;
}

function decoded(segment: string): string | undefined {
  try {
    const text = decodeURIComponent(segment);
    return /^[\w.:-]+$/.test(text) && text !== '.' && text !== '..' ? text : undefined;
  } catch {
    return undefined;
  }
}

const patterns = storedCalls.map((call) => {
  const [before = '', after = ''] = call.path.split('{id}');
  return { call, before, after };
});

function idIn(path: string, before: string, after: string): string | undefined {
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const segment = path.slice(before.length, path.length - after.length);
  return segment.includes('/') ? undefined : decoded(segment);
}

/** @returns `allow` = the path takes other methods; undefined = it is none of these */
export function matchStored(
  method: string,
  path: string,
): MatchedStored | { readonly allow: string } | undefined {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  const found = patterns.flatMap(({ call, before, after }) => {
    const id = idIn(bare, before, after);
    return id === undefined ? [] : [{ call, id }];
  });
  if (found.length === 0) return undefined;
  const match = found.find(({ call }) => call.method === method);
  return match ?? { allow: found.map(({ call }) => call.method).join(', ') };
}
