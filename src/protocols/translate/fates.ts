/** What happens to each field of a client's request, by the form of the upstream that serves it. Pure. */

import type { JsonObject } from '../protocol.ts';
import type { FormName } from './form/request.ts';
import { isPlainObject } from './json.ts';
import type { Losses } from './losses.ts';

/**
 * `mapped`: the writer expresses it, or refuses the value itself. `dropped`: it only tunes, and is left out with a
 * signal. `refused`: it changes the meaning. `ignored`: it has no effect on the upstream's work, or the gateway does
 * it itself; no signal. `free`: mapped, and what is inside it is the client's own (schemas, arguments, metadata).
 */
export type Fate = 'mapped' | 'dropped' | 'refused' | 'ignored' | 'free';

/** One fate for all targets, or one for each. */
export type FieldFate = Fate | { readonly [Target in FormName]?: Fate } | WithDefault;

/** A value that says nothing: with it the field counts as absent. */
export interface WithDefault {
  readonly unless: readonly unknown[];
  readonly fate: Fate | { readonly [Target in FormName]?: Fate };
}

/**
 * By path: `messages[].content[].image_url.detail`. A list's items share one path. Every path that a client may send
 * has an entry, those of objects and lists too (`messages`, `messages[]`, …: `mapped`).
 */
export type FateTable = Readonly<Record<string, FieldFate>>;

function fateFor(entry: FieldFate, target: FormName, value: unknown): Fate {
  if (typeof entry === 'string') return entry;
  if ('unless' in entry) {
    if (entry.unless.includes(value)) return 'ignored';
    return typeof entry.fate === 'string' ? entry.fate : (entry.fate[target] ?? 'refused');
  }
  return entry[target] ?? 'refused';
}

/**
 * Applies the table to every field that a body has. `null` is as good as absent. Unknown fields are refused: they may
 * change the meaning.
 * @throws HalleyError('invalid_body') by `losses`
 */
export function checkFates(body: JsonObject, table: FateTable, target: FormName, losses: Losses): void {
  const waiting: [path: string, value: unknown][] = members('', body);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [path, value] = next;
    if (value === null || value === undefined) continue;
    const entry = Object.hasOwn(table, path) ? table[path] : undefined;
    const fate = entry === undefined ? 'refused' : fateFor(entry, target, value);
    if (fate === 'dropped') losses.drop(path);
    else if (fate === 'refused') losses.refuse(path);
    else if (fate === 'mapped') waiting.push(...inside(path, value));
  }
}

function inside(path: string, value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.map((item) => [`${path}[]`, item]);
  return isPlainObject(value) ? members(`${path}.`, value) : [];
}

function members(prefix: string, value: JsonObject): [string, unknown][] {
  return Object.entries(value)
    .reverse()
    .map(([name, member]) => [prefix + name, member]);
}
