import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { edited } from '../json-bytes.ts';
import type { JsonObject } from '../protocol.ts';
import { askForUsage } from './ask-for-usage.ts';

function ask(text: string): string | undefined {
  const bytes = Buffer.from(text);
  const edits = askForUsage(JSON.parse(text) as JsonObject, bytes);
  return edits && Buffer.concat(edited([bytes], edits)).toString();
}

const spaces = fc.constantFrom('', ' ', '\n\t', '\r\n ');
const key = fc.oneof(
  fc.constantFrom('stream_options', 'include_usage', 'stream', 'model', '', '"'),
  fc.string({ maxLength: 8 }),
);
const optionsKey = fc.constantFrom('"stream_options"', '"stream_option\\u0073"', '"\\u0073tream_options"');
const includeKey = fc.constantFrom('"include_usage"', '"include\\u005fusage"');
const own = fc.option(
  fc.record({
    key: includeKey,
    value: fc.constantFrom('false', 'null', '"yes"', '{"a":[1]}', '[]'),
    at: fc.nat(5),
  }),
  { nil: undefined },
);
const members = fc.array(
  fc.tuple(
    key.filter((one) => one !== 'include_usage'),
    fc.jsonValue({ maxDepth: 2 }),
  ),
  { maxLength: 4 },
);

describe('askForUsage', () => {
  it('adds include_usage alone, whatever the body and however it is written', () => {
    const rest = fc.array(
      fc.tuple(
        key.filter((one) => one !== 'stream' && one !== 'stream_options'),
        fc.jsonValue({ maxDepth: 3 }),
      ),
      { maxLength: 5 },
    );
    const options = fc.option(fc.record({ key: optionsKey, members, own, isNull: fc.boolean() }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(rest, options, spaces, fc.nat(5), (others, given, space, at) => {
        const write = (pairs: readonly string[]) =>
          `${space}{${space}${pairs.join(`${space},`)}${space}}${space}`;
        const pair = (name: string, value: string) => `${name}${space}:${space}${value}`;
        const pairs = others.map(([name, value]) => pair(JSON.stringify(name), JSON.stringify(value)));
        pairs.splice(at, 0, pair('"stream"', 'true'));
        if (given) {
          const inner = given.members.map(([name, value]) =>
            pair(JSON.stringify(name), JSON.stringify(value)),
          );
          if (given.own) inner.splice(given.own.at, 0, pair(given.own.key, given.own.value));
          pairs.splice(at, 0, pair(given.key, given.isNull ? 'null' : write(inner).trim()));
        }
        const text = write(pairs);
        const before = JSON.parse(text);
        const asked = ask(text);
        assert.ok(asked !== undefined);
        const expected = { ...before, stream_options: { ...before.stream_options, include_usage: true } };
        assert.deepEqual(JSON.parse(asked), expected);
      }),
      { numRuns: 500 },
    );
  });

  it('changes no other byte', () => {
    assert.equal(
      ask('{"a" : 1e3, "stream":true,\n"stream_options":{ "x":1.50 } }'),
      '{"a" : 1e3, "stream":true,\n"stream_options":{"include_usage":true, "x":1.50 } }',
    );
    assert.equal(
      ask('{"stream":true,"stream_options":{"include_usage":false,"x":"\\u0041"}}'),
      '{"stream":true,"stream_options":{"include_usage":true,"x":"\\u0041"}}',
    );
    assert.equal(ask('{"stream":true}'), '{"stream_options":{"include_usage":true},"stream":true}');
  });

  it('changes a member that is written twice in both places', () => {
    assert.equal(
      ask('{"stream":true,"stream_options":null,"stream_options":{}}'),
      '{"stream":true,"stream_options":{"include_usage":true},"stream_options":{"include_usage":true}}',
    );
    assert.equal(
      ask('{"stream":true,"stream_options":{"include_usage":1,"include_usage":false}}'),
      '{"stream":true,"stream_options":{"include_usage":true,"include_usage":true}}',
    );
  });

  it('leaves alone what needs no asking, or will be refused', () => {
    const bodies = [
      '{}',
      '{"stream":false}',
      '{"stream":"true"}',
      '{"stream":true,"stream_options":{"include_usage":true}}',
      '{"stream":true,"stream_options":"x"}',
      '{"stream":true,"stream_options":[]}',
    ];
    for (const text of bodies) assert.equal(ask(text), undefined, text);
  });
});
