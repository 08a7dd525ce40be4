/** What a request of the Responses API says about stored state: what it continues, and whether it is stored. Pure. */
import { HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';
import { folded } from './numbers-set.ts';

export interface StoredState {
  /** Undefined = it continues none. */
  readonly responseId: string | undefined;
  readonly conversationId: string | undefined;
  /** Whether the upstream is to keep the response, as it does unless the request says otherwise. */
  readonly isStored: boolean;
}

const names: ReadonlySet<string> = new Set(['previous_response_id', 'conversation']);

const invalid = (message: string, param: string) => new HalleyError('invalid_body', { message, param });

/**
 * An upstream may read a name in another case, or the other one of two equal names: what it continues must be certain.
 * @param hasDistinctNames called only where something is continued
 * @throws HalleyError('invalid_body')
 */
export function storedState(body: JsonObject, hasDistinctNames: () => boolean): StoredState {
  const named = Object.keys(body).filter((name) => names.has(folded(name)));
  for (const name of named) {
    if (!names.has(name)) throw invalid(`Write "${folded(name)}" in lower case.`, name);
  }
  if (named.length > 0 && !hasDistinctNames()) {
    throw invalid('The request body has a name twice. Write each once.', named[0] ?? '');
  }
  return {
    responseId: idIn(body.previous_response_id, 'previous_response_id'),
    conversationId: idIn(conversationIn(body.conversation), 'conversation'),
    isStored: body.store !== false,
  };
}

/** Either an id, or an object that has it. */
function conversationIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? (value.id ?? '') : value;
}

function idIn(value: unknown, param: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`"${param}" is the id of a stored object.`, param);
}
