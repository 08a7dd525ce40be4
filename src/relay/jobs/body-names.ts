/**
 * Refuses bodies of which an upstream may read something else than what was checked and priced: parsers in Go take a
 * member whose name differs in letter case for the one that they look for. Pure.
 */

import { HalleyError } from '../../platform/errors.ts';
import type { JobAction, JobRequest } from '../../protocols/jobs/vendor.ts';
import { asObject } from '../../protocols/usage/usage-shape.ts';

/** As Go folds names: `ſ` is an `s`, the sign of Kelvin a `k`. */
const folded = (name: string): string => name.toUpperCase().toLowerCase();

/** The names of members that an action reads or sets. */
function namesOf({ schema, submit, callbackField }: JobAction, request: JobRequest): readonly string[] {
  const { set } = submit(request, { model: '', callback: undefined, originId: undefined });
  const read = Object.keys(asObject(schema.properties) ?? {});
  return [...read, ...Object.keys(set), ...(callbackField === undefined ? [] : [callbackField])];
}

/** @throws HalleyError('invalid_body') for a name at the top level that differs in letter case from one that counts */
export function refuseOtherCase(action: JobAction, request: JobRequest): void {
  const names = new Map(namesOf(action, request).map((name) => [folded(name), name]));
  for (const given of Object.keys(request.body)) {
    const name = names.get(folded(given));
    if (name === undefined || name === given) continue;
    const message = `The request body has "${name}" in another letter case. Write it as "${name}", once.`;
    throw new HalleyError('invalid_body', { message, param: name });
  }
}
