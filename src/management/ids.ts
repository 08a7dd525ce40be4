/** Parses ids in paths. */
import { HalleyError } from '../platform/errors.ts';

const largestId = 2n ** 63n - 1n;

/**
 * Parses the raw path segment: digits only, without sign, leading zero or percent-encoding.
 * @throws HalleyError('invalid_id'); `no_such_record` for ids too large for any record
 */
export function parseId(segment: string): number {
  const valid = /^[1-9][0-9]{0,18}$/.test(segment) && BigInt(segment) <= largestId;
  if (!valid) throw invalidId();
  const id = Number(segment);
  if (!Number.isSafeInteger(id)) throw new HalleyError('no_such_record');
  return id;
}

function invalidId(): HalleyError {
  return new HalleyError('invalid_id', {
    message: 'The id in the path is not valid: it must be a positive whole number in plain digits.',
    param: 'id',
  });
}
