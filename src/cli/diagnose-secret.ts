/** What `halley doctor` says of the server secret, whatever the database is. */
import type { SecretRing } from '../keys/secret-ring.ts';
import { HalleyError } from '../platform/errors.ts';
import { judgeSecrets, type SecretState } from '../store/secret-order.ts';
import { type Finding, failed, ok } from './finding.ts';

export function checkSecrets(state: SecretState, secrets: SecretRing): Finding {
  const check = 'server secret';
  try {
    const begins = judgeSecrets(state, secrets);
    if (begins) return ok(check, 'It is a new one: the start of `halley serve` begins a rotation.');
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    return failed(check, error.message);
  }
  return state.previous
    ? ok(check, 'It is being rotated. See: halley secret status')
    : ok(check, 'It is the one that the database was written under.');
}
