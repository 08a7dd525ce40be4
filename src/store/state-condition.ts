/** Writes the condition that a record is of a request that ended in one of some ways, for both engines. Pure. */
import { abortedOutcomes, type RequestState, wholeOutcomes } from '../domain/request-outcome.ts';

const quoted = (outcomes: readonly string[]) => outcomes.map((outcome) => `'${outcome}'`).join(', ');

/**
 * The same as `requestState`.
 * @param outcome an expression of the outcome in the record
 * @param status an expression of its status, as a number
 */
export function stateCondition(states: readonly RequestState[], outcome: string, status: string): string {
  const [whole, aborted] = [quoted(wholeOutcomes), quoted(abortedOutcomes)];
  const textOf: Readonly<Record<RequestState, string>> = {
    ok: `${outcome} IN (${whole}) AND ${status} < 400`,
    aborted: `${outcome} IN (${aborted})`,
    error: `${outcome} NOT IN ('', ${aborted}) AND (${outcome} NOT IN (${whole}) OR ${status} >= 400)`,
  };
  return states.length === 0 ? 'false' : `(${states.map((state) => `(${textOf[state]})`).join(' OR ')})`;
}
