/**
 * Refuses bodies of which an upstream may read something else than what was checked and priced: parsers in Go take a
 * member whose name differs in letter case for the one that they look for. Pure.
 */

import { HalleyError } from '../../platform/errors.ts';
import type { JobAction, JobRequest } from '../../protocols/jobs/vendor.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { asObject } from '../../protocols/usage/usage-shape.ts';

/** As Go folds names: `ſ` is an `s`, the sign of Kelvin a `k`. */
const folded = (name: string): string => name.toUpperCase().toLowerCase();

/** The names that an action sets. */
function namesSet({ submit, callbackField }: JobAction, request: JobRequest): readonly string[] {
  const { set } = submit(request, { model: '', callback: undefined, originId: undefined });
  return [...Object.keys(set), ...(callbackField === undefined ? [] : [callbackField])];
}

/** @throws HalleyError('invalid_body') for a name that differs in letter case from one that the action reads or sets */
export function refuseOtherCase(action: JobAction, request: JobRequest): void {
  refuseIn(request.body, action.schema, namesSet(action, request));
}

/** @param schema names what is read of the value, also within its parts */
function refuseIn(value: unknown, schema: JsonObject, set: readonly string[] = []): void {
  if (Array.isArray(value)) {
    const items = asObject(schema.items);
    if (items) for (const each of value) refuseIn(each, items);
    return;
  }
  const members = asObject(value);
  const properties = asObject(schema.properties);
  if (!members || !properties) return;
  const names = new Map([...Object.keys(properties), ...set].map((name) => [folded(name), name]));
  for (const [given, member] of Object.entries(members)) {
    const name = names.get(folded(given));
    if (name === undefined) continue;
    if (name !== given) {
      const message = `The request body has "${name}" in another letter case. Write it as "${name}", once.`;
      throw new HalleyError('invalid_body', { message, param: name });
    }
    refuseIn(member, asObject(properties[name]) ?? {});
  }
}
