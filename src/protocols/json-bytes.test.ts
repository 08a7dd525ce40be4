import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  countMembers,
  edited,
  insertMember,
  lastObjectNamed,
  memberRemoval,
  valuesOf,
  wholeElements,
} from './json-bytes.ts';

/** Writes `text` as a JSON string with some of its letters as \uXXXX. */
function escaped(text: string, which: readonly boolean[]): string {
  let out = '"';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index).toString(16).padStart(4, '0');
    out += which[index] ? `\\u${code}` : JSON.stringify(text[index]).slice(1, -1);
  }
  return `${out}"`;
}

const spaces = fc.constantFrom('', ' ', '\n  ', '\t', '\r\n');
const key = fc.oneof(fc.constantFrom('model', 'Model', 'usage', '"model', 'model"', ''), fc.string());
const member = fc.record({
  key,
  value: fc.jsonValue({ maxDepth: 3 }),
  which: fc.array(fc.boolean()),
  spaces,
});

describe('valuesOf', () => {
  it('finds each value of a name at the top level and nothing else, however the object is written', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), spaces, (members, around) => {
        const parts = members.map(
          (one) =>
            `${one.spaces}${escaped(one.key, one.which)}${one.spaces}:${around}${JSON.stringify(one.value, null, one.spaces.length)}${around}`,
        );
        const bytes = Buffer.from(`${around}{${parts.join(',')}${around}}`);
        const found = valuesOf(bytes, 'model').map(({ start, end }) =>
          JSON.parse(bytes.toString('utf8', start, end)),
        );
        const expected = members
          .filter((one) => one.key === 'model')
          .map((one) => JSON.parse(JSON.stringify(one.value)));
        assert.deepEqual(found, expected);
        assert.equal(countMembers(bytes), members.length);
      }),
    );
  });
});

describe('insertMember', () => {
  it('puts a member first, and changes no other byte', () => {
    assert.equal(insertMember(Buffer.from(' {\n}'), '"a":1').toString(), ' {"a":1\n}');
    assert.equal(insertMember(Buffer.from('{ "b" : {} } '), '"a":1').toString(), '{"a":1, "b" : {} } ');
  });
});

describe('memberRemoval', () => {
  it('takes one comma along, and changes no other byte', () => {
    for (const [text, left] of [
      ['{"a":1}', '{}'],
      ['{ "a" : {"b":","} , "c":2 }', '{ "c":2 }'],
      ['{"c":"\\"" , "a" :[1]}', '{"c":"\\"" }'],
    ] as const) {
      const bytes = Buffer.from(text);
      const edits = valuesOf(bytes, 'a').map((value) => memberRemoval(bytes, value));
      assert.equal(Buffer.concat(edited([bytes], edits)).toString(), left);
    }
  });
});

describe('lastObjectNamed', () => {
  const report = { prompt_tokens: 7, text: 'a "usage":{"x":1} \\" } {' };

  it('finds a member of the top-level object wherever it is, past any text and nesting', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 3 })),
        fc.array(fc.jsonValue({ maxDepth: 3 })),
        (before, after) => {
          const bytes = Buffer.from(
            JSON.stringify({
              before,
              inner: { usage: { no: 1 } },
              usage: report,
              after,
              later: [{ usage: {} }],
              '"usage': { no: 2 },
            }),
          );
          const found = lastObjectNamed(bytes, Buffer.from('"usage"'), 1);
          assert.deepEqual(found && JSON.parse(found.toString()), report);
        },
      ),
    );
  });

  it('finds it in the end of a text alone, or says that it is not there', () => {
    const text = JSON.stringify({ data: ['x'.repeat(50), { usage: { no: 1 } }], usage: report });
    const wholeReport = text.indexOf(',"usage"', 60);
    for (let start = 0; start < text.length; start++) {
      const found = lastObjectNamed(Buffer.from(text.slice(start)), Buffer.from('"usage"'), 1);
      if (start <= wholeReport + 1) assert.deepEqual(found && JSON.parse(found.toString()), report);
      else assert.equal(found, undefined, `from ${start}: ${found}`);
    }
  });
});

describe('wholeElements', () => {
  it('gives the elements that are complete at any point where an array breaks off', () => {
    const elements = [{ a: 'x]},{' }, { b: [1, { c: '\\"' }] }, {}];
    const text = JSON.stringify(elements, null, 1);
    const bytes = Buffer.from(text);
    for (let end = 0; end <= bytes.length; end++) {
      const parsed = wholeElements(bytes.subarray(0, end)).flatMap((span) => {
        try {
          return [JSON.parse(bytes.toString('utf8', span.start, span.end))];
        } catch {
          return [];
        }
      });
      assert.deepEqual(parsed, elements.slice(0, parsed.length));
      if (end === bytes.length) assert.equal(parsed.length, elements.length);
    }
  });

  it('ends on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void wholeElements(Buffer.from(bytes))));
  });
});
