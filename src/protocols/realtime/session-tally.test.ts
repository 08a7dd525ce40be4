/** The bound of a response's input, and usage as events report it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noUsage } from '../../domain/usage.ts';
import { responseUsage, transcriptionUsage } from './realtime-usage.ts';
import { amountsIn, bytesOfBase64, SessionTally } from './session-tally.ts';

test('the bound is never below what a conversation has: a tenth of a second of sound a token, four bytes of text', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('sound' as const), amount: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ kind: fc.constant('text' as const), amount: fc.integer({ min: 0, max: 10_000 }) }),
    fc.record({ kind: fc.constant('response' as const), amount: fc.integer({ min: 0, max: 5000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const tally = new SessionTally();
      let [text, media] = [0, 0];
      for (const { kind, amount } of steps) {
        if (kind === 'sound') {
          tally.append(amount);
          tally.commit();
          media += amount / 100;
        } else if (kind === 'text') {
          tally.add(amountsIn('x'.repeat(amount), 48));
          text += amount / 4;
        } else {
          const before = tally.added;
          [text, media] = [Math.ceil(text), Math.ceil(media)];
          tally.report({ inputTokens: text + media, outputTokens: amount }, media + amount, before);
          media += amount;
        }
      }
      const { bound } = tally;
      assert.ok(bound.media >= media && bound.text >= text, JSON.stringify([bound, text, media]));
    }),
  );
});

test('sound before the speech, and sound that was thrown away, is no part of the next item', () => {
  const tally = new SessionTally();
  tally.append(60_000);
  tally.append(2000);
  tally.speechStarted(60_000);
  assert.equal(tally.commit(), 2000);
  tally.append(500);
  tally.clear();
  assert.equal(tally.commit(), 0);
});

test('what came while a response ran stays in the bound of the next one', () => {
  const tally = new SessionTally();
  tally.add({ text: 100, media: 0 });
  const before = tally.added;
  tally.add({ text: 40, media: 3 });
  tally.report({ inputTokens: 25, outputTokens: 10 }, 10, before);
  assert.deepEqual(tally.bound, { text: 25 + 40, media: 10 + 3 });
});

test('media in an item count by their kind, never by the byte', () => {
  const audio = Buffer.alloc(48_000).toString('base64');
  const item = {
    content: [
      { type: 'input_audio', audio },
      { type: 'input_image', image_url: 'data:…' },
    ],
  };
  const { text, media } = amountsIn(item, 48);
  assert.equal(media, 20 + 3000);
  assert.ok(text < 100);
  assert.equal(bytesOfBase64(audio), 48_000);
});

const details = (text: number, audio: number, cached: number, byKind?: object) => ({
  usage: {
    input_tokens: text + audio,
    input_token_details: {
      ...{ text_tokens: text, audio_tokens: audio, cached_tokens: cached },
      ...(byKind && { cached_tokens_details: byKind }),
    },
    output_tokens: 7,
    output_token_details: { text_tokens: 2, audio_tokens: 5 },
  },
});

test('cached sound is not charged as sound again; without details sound counts as cached first', () => {
  const byKind = responseUsage(details(100, 50, 60, { text_tokens: 40, audio_tokens: 20 }));
  assert.deepEqual(byKind, {
    ...noUsage,
    ...{ inputTokens: 150, cachedTokens: 60, audioInputTokens: 30, outputTokens: 7, audioOutputTokens: 5 },
  });
  assert.equal(responseUsage(details(100, 50, 60))?.audioInputTokens, 0);
  assert.equal(responseUsage(details(100, 50, 30))?.audioInputTokens, 20);
});

test('every field of a report may be missing, and parts that are there give the total', () => {
  assert.equal(responseUsage(undefined), undefined);
  assert.equal(responseUsage({ usage: null }), undefined);
  assert.equal(responseUsage({ usage: {} }), undefined);
  const parts = { input_token_details: { text_tokens: 3, audio_tokens: 4 }, output_tokens: 1 };
  assert.equal(responseUsage({ usage: parts })?.inputTokens, 7);
});

test('a transcription is charged by tokens or by seconds, of which a part counts as one', () => {
  const seconds = transcriptionUsage({ usage: { type: 'duration', seconds: 2.1 } });
  assert.deepEqual(seconds, { ...noUsage, audioSeconds: 3 });
  const tokens = {
    input_tokens: 9,
    input_token_details: { audio_tokens: 8, text_tokens: 1 },
    output_tokens: 4,
  };
  const usage = transcriptionUsage({ usage: { type: 'tokens', ...tokens } });
  assert.deepEqual(usage, { ...noUsage, inputTokens: 9, audioInputTokens: 8, outputTokens: 4 });
  assert.equal(transcriptionUsage({}), undefined);
});
