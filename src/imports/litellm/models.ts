/**
 * Which models a key of LiteLLM may use, from public facts on its checks: the lists of the key, its team, its project and
 * its member (without a team, of its user) all count, an empty list allows all, and a list may name models, groups of
 * models, patterns with `*` and three special words.
 */
import { list, record, text } from '../cells.ts';
import type { ImportSource } from '../source.ts';

/** Where a key has the first, its team's list alone counts; as a list of a team both mean every model. */
const everyModel: ReadonlySet<string> = new Set(['all-team-models', 'all-proxy-models', '*']);

export interface KnownModel {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Names that clients use, as far as the database has them. */
export async function knownModels(source: ImportSource): Promise<readonly KnownModel[]> {
  const models = new Map<string, KnownModel>();
  for (const row of await source.rows('LiteLLM_ProxyModelTable', 'model_id')) {
    const name = text(row.model_name);
    const more = list(record(row.model_info)?.access_groups, ',');
    const groups = [...new Set([...(models.get(name)?.groups ?? []), ...more])];
    models.set(name, { name, groups });
  }
  return [...models.values()].filter(({ name }) => name !== '' && !isPattern(name));
}

const isPattern = (name: string) => name.includes('*');

/** Items of an array, which a CSV file has in braces. */
export function arrayOf(cell: unknown): readonly string[] {
  if (Array.isArray(cell)) return list(cell, ',');
  const inBraces = /^\{(.*)\}$/s.exec(text(cell))?.[1];
  return list(inBraces ?? cell, ',').map((item) => item.replace(/^"(.*)"$/s, '$1'));
}

/** Whether a cell of JSON, or an array, holds anything. */
export function isFilled(cell: unknown): boolean {
  const object = record(cell);
  if (object) return Object.keys(object).length > 0;
  const plain = text(cell);
  return Array.isArray(cell) ? cell.length > 0 : /^[[{]/.test(plain) && !/^(\{\}|\[\])$/.test(plain);
}

export interface ModelLimits {
  /** Undefined = all models. */
  readonly models: readonly string[] | undefined;
  /** Names of groups or patterns whose models are not all known. */
  readonly unresolved: readonly string[];
}

/** Never more than the lists allow: what a pattern or group stands for is known only of models in the database. */
export function modelLimits(columns: readonly unknown[], known: readonly KnownModel[]): ModelLimits {
  const lists = columns
    .map(arrayOf)
    .filter((names) => names.length > 0 && !names.some((name) => everyModel.has(name)));
  if (lists.length === 0) return { models: undefined, unresolved: [] };
  const groups = new Set(known.flatMap((model) => model.groups));
  const named = [...new Set(lists.flat())];
  const single = named.filter(
    (name) => !isPattern(name) && !groups.has(name) && name !== 'no-default-models',
  );
  const candidates = new Map(known.map((model) => [model.name, model]));
  for (const name of single) if (!candidates.has(name)) candidates.set(name, { name, groups: [] });
  return {
    models: [...candidates.values()]
      .filter((model) => lists.every((names) => names.some((name) => allows(name, model))))
      .map(({ name }) => name)
      .filter((name) => !name.includes(',')),
    unresolved: named.filter((name) => isPattern(name) || groups.has(name)),
  };
}

function allows(name: string, model: KnownModel): boolean {
  if (name === model.name || model.groups.includes(name)) return true;
  if (!isPattern(name)) return false;
  return matches(name, model.name);
}

/**
 * Finds each part between two `*` at its first place, which never has to be taken back: a pattern is text of the other
 * gateway's users, and a regular expression of many `.*` could take longer than anyone waits.
 */
function matches(pattern: string, name: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop() ?? '';
  if (name.length < start.length + end.length || !name.startsWith(start) || !name.endsWith(end)) return false;
  const last = name.length - end.length;
  let at = start.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > last) return false;
    at = found + part.length;
  }
  return true;
}
