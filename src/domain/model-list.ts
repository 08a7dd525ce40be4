/** The list of models that a key is limited to, written as comma separated ids. */
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { characterFault, isLongerThan, quoted } from './text-rules.ts';

export interface ModelList {
  /** Empty when none is named, which allows none: that a key has no limits is said elsewhere. */
  readonly models: ReadonlySet<string>;
  /** The list again, without the spaces around ids. */
  readonly text: string;
}

/** @throws HalleyError('invalid_value') naming the item at fault */
export function parseModelList(text: string): ModelList {
  const models = new Set<string>();
  if (text.trim() === '') return { models, text: '' };
  // One more than allowed is enough to know that there are too many.
  const items = text.split(',', limits.key_models_max + 1);
  if (items.length > limits.key_models_max) {
    throw invalid(`model_limits names more than ${limits.key_models_max} models. Name fewer.`);
  }
  for (const [index, item] of items.entries()) {
    const id = item.trim();
    const fault = faultOf(id, models);
    if (fault) throw invalid(`Model ${index + 1} of model_limits, ${quoted(id)}, ${fault}`);
    models.add(id);
  }
  return { models, text: [...models].join(',') };
}

function faultOf(id: string, before: ReadonlySet<string>): string | undefined {
  const max = limits.model_id_chars_max;
  if (id === '') return 'is empty. Remove the extra comma.';
  if (isLongerThan(id, max)) return `is longer than ${max} characters. Check the id.`;
  const fault = characterFault(id);
  if (fault) return `${fault}. Separate ids with commas.`;
  return before.has(id) ? 'is named twice. Name it once.' : undefined;
}

function invalid(message: string): HalleyError {
  return new HalleyError('invalid_value', { message, param: 'model_limits' });
}
