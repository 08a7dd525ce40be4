/** Matches models and names by the patterns of the compatible API, in PostgreSQL. */
import type { Conditions } from '../conditions.ts';
import { storable } from './storable.ts';
import { isRowId } from './values.ts';

/** Matches the model exactly, or with `%` for any run of characters. */
export function addModel(conditions: Conditions, model: string | undefined): Conditions {
  if (model === undefined) return conditions;
  return model.includes('%')
    ? conditions.add('model LIKE :model', { model: likeOf(storable(model)) })
    : conditions.add('model = :model', { model: storable(model) });
}

/** Matches any of some keys, and any of some models. Undefined = any at all. */
export function addKeysAndModels(
  conditions: Conditions,
  keyIds: readonly number[] | undefined,
  models: readonly string[] | undefined,
): Conditions {
  return conditions
    .addGiven('key_id = ANY(:keyIds)', { keyIds: keyIds?.filter(isRowId) })
    .addGiven('model = ANY(:models)', { models: models?.map(storable) });
}

/** `%` stays a wildcard; the other wildcards of LIKE are escaped. */
export function likeOf(pattern: string): string {
  return pattern.replaceAll(/[\\_]/g, '\\$&').replaceAll(/%+/g, '%');
}
