/** Outlines of long JSON texts: the same values, but for long strings, whose lengths are right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../platform/clock.ts';
import { bytesOf, LongText, outlineOf, withLongTexts } from './json-outline.ts';

const unlimited = { names: Infinity, values: Infinity, depth: Infinity };

async function outlined(text: string, keepsMax = 1_000_000): Promise<unknown> {
  const outline = await outlineOf(Buffer.from(text), unlimited, keepsMax, systemClock);
  return outline && withLongTexts(JSON.parse(outline.toString('utf8')));
}

/** The same, from the parsed value. */
function expected(value: unknown): unknown {
  if (typeof value === 'string') {
    const written = Buffer.byteLength(JSON.stringify(value)) - 2;
    return written > 256 ? new LongText(written) : value;
  }
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, expected(member)]));
}

test('every value is there, and of each long string its length', async () => {
  const part = fc.oneof(
    fc.constant('A'.repeat(200)),
    fc.constantFrom('\\', '"', '\\"', 'ü', '0'),
    fc.string(),
  );
  const string = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      string,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('value'), { maxKeys: 4 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(value, async (json) => {
      assert.deepEqual(await outlined(JSON.stringify(json)), expected(json));
    }),
    { numRuns: 1000 },
  );
});

test('a long string is found wherever a turn of the event loop cuts it', async () => {
  for (const before of [65_533, 65_534, 65_535, 65_536]) {
    const json = ['A'.repeat(before - 3), '\\"'.repeat(300), 'end'];
    assert.deepEqual(await outlined(JSON.stringify(json)), [
      new LongText(before - 3),
      new LongText(1200),
      'end',
    ]);
  }
});

test('a sender cannot claim a length', async () => {
  const claim = '0'.repeat(256);
  assert.deepEqual(await outlined(`["${claim}","${'0'.repeat(257)}"]`), [claim, new LongText(257)]);
  assert.equal(bytesOf(claim), 256);
});

test('what is long without long strings has no outline', async () => {
  assert.equal(await outlined(`[${' '.repeat(2000)}1]`, 1000), undefined);
  assert.equal(await outlined(`["${'A'.repeat(2000)}"`.slice(0, -1), 1000), undefined);
  assert.equal(await outlined(`[${`"${'A'.repeat(257)}",`.repeat(4)}1]`, 1000), undefined);
});

test('reads a long text over several turns of the event loop', async () => {
  let turns = 0;
  const clock = {
    soon(run: () => void) {
      turns += 1;
      systemClock.soon(run);
    },
  };
  const text = Buffer.from(JSON.stringify({ audio: 'A'.repeat(2_097_152) }));
  const outline = await outlineOf(text, unlimited, 1000, clock);
  assert.equal(outline?.length, 257 + '{"audio":""}'.length);
  assert.ok(turns >= 31, `${turns} turns`);
});
