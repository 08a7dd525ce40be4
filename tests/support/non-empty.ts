/** What tests loop over with assertions: a loop over nothing would assert nothing. */
import assert from 'node:assert/strict';

/** @returns the items, of which there is at least one */
export function nonEmpty<Item>(items: Iterable<Item>): readonly Item[] {
  const list = [...items];
  assert.ok(list.length > 0, 'there is nothing to assert anything about');
  return list;
}

/** Marks a loop that may rightly have nothing to assert, as in a property test over generated lists. */
export const maybeEmpty = <List extends Iterable<unknown>>(items: List): List => items;
