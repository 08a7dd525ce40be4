import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { heard, spoken } from './sound.ts';

test('every text is heard as it was spoken, also softly and with noise', () => {
  const all = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
  assert.equal(heard(spoken(all)), all);
  const noise = fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 97, maxLength: 97 });
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii' }),
      noise,
      fc.integer({ min: 4, max: 10 }),
      (text, noises, tenths) => {
        const sound = spoken(text);
        for (let at = 44; at < sound.length; at += 2) {
          const value = (sound.readInt16LE(at) * tenths) / 10 + (noises[at % 97] ?? 0);
          sound.writeInt16LE(Math.round(value), at);
        }
        assert.equal(heard(sound), text);
      },
    ),
  );
});

test('of a long sound the first thousand tones are heard, and what is no sound is not', () => {
  assert.equal(heard(spoken('long '.repeat(1000))), 'long '.repeat(200));
  assert.equal(heard(Buffer.from('no sound')), undefined);
});
