/** Matches models and names by the patterns of the compatible API, in PostgreSQL. */
import type { Conditions } from '../conditions.ts';
import { storable } from './storable.ts';

/** Matches the model exactly, or with `%` for any run of characters. */
export function addModel(conditions: Conditions, model: string | undefined): Conditions {
  if (model === undefined) return conditions;
  return model.includes('%')
    ? conditions.add('model LIKE :model', { model: likeOf(storable(model)) })
    : conditions.add('model = :model', { model: storable(model) });
}

/** `%` stays a wildcard; the other wildcards of LIKE are escaped. */
export function likeOf(pattern: string): string {
  return pattern.replaceAll(/[\\_]/g, '\\$&').replaceAll(/%+/g, '%');
}
