import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonStructure } from './json-structure.ts';

const unlimited = { names: Infinity, values: Infinity, depth: Infinity };

interface Counts {
  names: number;
  values: number;
  depth: number;
}

/** The same counts, from the parsed value. */
function countsOf(value: unknown): Counts {
  if (typeof value !== 'object' || value === null) return { names: 0, values: 0, depth: 0 };
  const members = Object.values(value).map(countsOf);
  const sum = {
    names: Array.isArray(value) ? 0 : members.length,
    values: Math.max(1, members.length),
    depth: 0,
  };
  for (const { names, values, depth } of members) {
    sum.names += names;
    sum.values += values;
    sum.depth = Math.max(sum.depth, depth);
  }
  return { ...sum, depth: sum.depth + 1 };
}

/** Cut before each of the places. */
function cut(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const ends = [...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let start = 0;
  return ends.map((end) => {
    const piece = bytes.subarray(start, end);
    start = end;
    return piece;
  });
}

test('counts names, values and depth of any JSON, wherever it is cut', () => {
  const texts = fc.tuple(fc.json(), fc.constantFrom(undefined, 2)).map(([json, space]) => {
    const value: unknown = JSON.parse(json);
    return { value, text: JSON.stringify(value, undefined, space) };
  });
  const property = fc.property(texts, fc.array(fc.nat(), { maxLength: 20 }), ({ value, text }, places) => {
    const structure = new JsonStructure(unlimited);
    for (const piece of cut(text, places)) structure.push(piece);
    const { names, values, depth } = structure;
    assert.deepEqual({ names, values, depth }, countsOf(value));
  });
  fc.assert(property, { numRuns: 2000 });
});

test('quotes, brackets and backslashes in strings are text, wherever it is cut', () => {
  // Short strings and long ones are searched in different ways.
  const text = fc.tuple(fc.nat({ max: 60 }), fc.stringMatching(/^[\\"{}[\],:a]*$/));
  const strings = fc.array(
    text.map(([length, end]) => 'a'.repeat(length) + end),
    { maxLength: 8 },
  );
  const property = fc.property(strings, fc.array(fc.nat(), { maxLength: 40 }), (value, places) => {
    const structure = new JsonStructure(unlimited);
    for (const piece of cut(JSON.stringify(value), places)) structure.push(piece);
    assert.deepEqual([structure.names, structure.values], [0, Math.max(1, value.length)]);
  });
  fc.assert(property, { numRuns: 2000 });
});

for (const [what, text, limits] of [
  ['names', '{"a":1,"b":{"c":1}}', { ...unlimited, names: 2 }],
  ['values', '[1,2,3]', { ...unlimited, values: 2 }],
  ['levels', '[[{}]]', { ...unlimited, depth: 2 }],
] as const) {
  test(`a text with too many ${what} is refused before it has arrived whole`, () => {
    const structure = new JsonStructure(limits);
    assert.throws(() => structure.push(Buffer.from(text.slice(0, -2))), {
      code: 'invalid_body',
      message: new RegExp(what),
    });
  });
}
