/** Envelopes of request bodies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../platform/clock.ts';
import { inEnvelope } from './envelope.ts';

const envelope = { removed: ['model', 'stream', 'ünder'], added: '"version":"v1"' };

async function enveloped(pieces: readonly Buffer[]): Promise<string> {
  return Buffer.concat(await inEnvelope(pieces, envelope, systemClock)).toString('utf8');
}

test('leaves members out wherever they stand, and changes no other byte', async () => {
  const cases = [
    ['{"model":"m","a" : [1, {"model":2}] ,"stream":true}', '{"version":"v1","a" : [1, {"model":2}]}'],
    ['{ "a":1.50, "mod\\u0065l":"m" }', '{"version":"v1", "a":1.50 }'],
    ['{"a":1,"model":1,"stream":2}', '{"version":"v1","a":1}'],
    ['{"model":1,"stream":2,"a":1}', '{"version":"v1","a":1}'],
    ['{"stream":2,"a":"\\"}","model":"x}"}', '{"version":"v1","a":"\\"}"}'],
    ['{"stream":2,"model":1}', '{"version":"v1"}'],
    ['{"model":1}', '{"version":"v1"}'],
    ['{}', '{"version":"v1"}'],
    [' {"a":1,"stream":1,"stream":2,"b":2}\n', ' {"version":"v1","a":1,"b":2}\n'],
    ['{"a":"model","b":{"stream":[[]]}}', '{"version":"v1","a":"model","b":{"stream":[[]]}}'],
  ] as const;
  for (const [body, expected] of cases) assert.equal(await enveloped([Buffer.from(body)]), expected, body);
});

test('gives the same object without and with the members, whatever the body and its pieces', async () => {
  // V8 14.6 reads the name `"` as `\\` once it has parsed an object in which `\\` stood at that place.
  const isReadRightly = (text: string) => !text.endsWith('"');
  const names = fc.constantFrom(...envelope.removed, 'messages', '', 'a\\', '"a');
  const name = fc.oneof(names, fc.string().filter(isReadRightly));
  const members = fc.array(fc.tuple(name, fc.jsonValue({ maxDepth: 3 })), { maxLength: 8 });
  const space = fc.constantFrom('', ' ', '\r\n\t');
  await fc.assert(
    fc.asyncProperty(members, space, fc.nat(), async (pairs, gap, cut) => {
      const written = pairs.map(([key, value]) =>
        [JSON.stringify(key), ':', JSON.stringify(value)].join(gap),
      );
      const bytes = Buffer.from(`${gap}{${gap}${written.join(`${gap},${gap}`)}${gap}}${gap}`);
      const at = cut % bytes.length;
      const text = await enveloped([bytes.subarray(0, at), bytes.subarray(at)]);
      const { model: _model, stream: _stream, ünder: _under, ...kept } = JSON.parse(bytes.toString('utf8'));
      assert.deepEqual(JSON.parse(text), { version: 'v1', ...kept });
    }),
    { numRuns: 500 },
  );
});

test('reads no name that is longer than any it may have to remove', async () => {
  const long = `{"${'\\u0061'.repeat(300)}":1,"model":2,"a":3}`;
  assert.equal(
    await enveloped([Buffer.from(long)]),
    long.replace('{', '{"version":"v1",').replace('"model":2,', ''),
  );
});

test('scans a large body over several turns of the event loop', async () => {
  let turns = 0;
  const clock = {
    soon(run: () => void) {
      turns += 1;
      systemClock.soon(run);
    },
  };
  const body = Buffer.from(JSON.stringify({ model: 'm', picture: 'A'.repeat(2_097_152) }));
  const pieces = await inEnvelope([body], envelope, clock);
  assert.equal(Buffer.concat(pieces).length, body.length - '"model":"m"'.length + '"version":"v1"'.length);
  assert.ok(turns >= 8, `${turns} turns`);
});
