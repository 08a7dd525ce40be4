/** The rules for a key's name: any Unicode text up to a length, empty included, that prints on one line. */
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { characterFault, isLongerThan } from './text-rules.ts';

/** @throws HalleyError('invalid_value') */
export function checkKeyName(name: string): void {
  const max = limits.key_name_chars_max;
  if (isLongerThan(name, max)) throw invalid(`The name is longer than ${max} characters. Shorten it.`);
  const fault = characterFault(name);
  if (fault) throw invalid(`The name ${fault}. Remove it.`);
}

function invalid(message: string): HalleyError {
  return new HalleyError('invalid_value', { message, param: 'name' });
}
