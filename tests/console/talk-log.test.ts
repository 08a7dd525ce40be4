/** What the talk pane reads from the events of a session, and from anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64, levelOf, toBase64 } from '../../console/pages/playground/talk/pcm.ts';
import { emptyLog, type TalkLog, withEvent } from '../../console/pages/playground/talk/talk-log.ts';
import { maybeEmpty } from '../support/non-empty.ts';

const after = (...events: readonly unknown[]): TalkLog => events.reduce(withEvent, emptyLog) as TalkLog;
const message = (id: string, role: string, content: readonly object[] = []) => ({
  id,
  type: 'message',
  role,
  content,
});

test('a written question and its spoken answer are two turns, of which the answer has a charge', () => {
  const log = after(
    { type: 'conversation.item.added', item: message('i1', 'user', [{ type: 'input_text', text: 'hello' }]) },
    { type: 'conversation.item.done', item: message('i1', 'user', [{ type: 'input_text', text: 'hello' }]) },
    { type: 'response.created', response: { id: 'r1' } },
    { type: 'conversation.item.added', item: message('i2', 'assistant') },
    { type: 'response.output_item.added', response_id: 'r1', item: message('i2', 'assistant') },
    { type: 'response.output_audio_transcript.delta', item_id: 'i2', delta: 'Good ' },
    { type: 'response.audio_transcript.delta', item_id: 'i2', delta: 'day' },
    { type: 'response.done', response: { id: 'r1', status: 'completed' } },
  );
  assert.deepEqual(
    log.turns.map(({ speaker, text, chargedAs }) => [speaker, text, chargedAs]),
    [
      ['user', 'hello', ''],
      ['model', 'Good day', 'r1'],
    ],
  );
  assert.deepEqual([log.charged, log.responding, log.error], [['r1'], [], '']);
});

test('what the user said is written as it comes, and charged by its item', () => {
  const type = 'conversation.item.input_audio_transcription';
  const spoken = message('i1', 'user', [{ type: 'input_audio', transcript: null }]);
  const begun = after(
    { type: 'conversation.item.created', item: spoken },
    { type: `${type}.delta`, item_id: 'i1', delta: 'Go' },
  );
  assert.deepEqual(begun.turns, [{ id: 'i1', speaker: 'user', text: 'Go', isSpoken: true, chargedAs: '' }]);
  const log = withEvent(begun, { type: `${type}.completed`, item_id: 'i1', transcript: 'Good' });
  assert.deepEqual([log.turns[0]?.text, log.turns[0]?.chargedAs, log.charged], ['Good', 'i1', ['i1']]);
  const failed = withEvent(begun, { type: `${type}.failed`, item_id: 'i1' });
  assert.equal(failed.turns[0]?.text, 'Go');
});

test('an error is shown as it is put, and so is a response that failed', () => {
  assert.equal(after({ type: 'error', error: { message: '<b>no</b>' } }).error, '<b>no</b>');
  const failed = { id: 'r', status: 'failed', status_details: { error: { message: 'too long' } } };
  assert.equal(after({ type: 'response.done', response: failed }).error, 'too long');
  const cancelled = { id: 'r', status: 'cancelled', status_details: { reason: 'client_cancelled' } };
  assert.equal(after({ type: 'response.done', response: cancelled }).error, '');
});

test('whatever an upstream sends is read or ignored, and never breaks the page', () => {
  const types = [
    'conversation.item.added',
    'response.output_item.added',
    'response.done',
    'response.created',
    'response.text.delta',
    'conversation.item.input_audio_transcription.completed',
    'error',
  ];
  const event = fc.record({
    type: fc.constantFrom(...types),
    item: fc.jsonValue(),
    item_id: fc.jsonValue(),
    response: fc.jsonValue(),
    delta: fc.jsonValue(),
    error: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(event, fc.jsonValue())), (events) => {
      for (const { text } of maybeEmpty(after(...events).turns)) assert.equal(typeof text, 'string');
    }),
  );
});

test('sound survives its way through Base64, and what is no sound is silence', () => {
  fc.assert(
    fc.property(fc.int16Array({ maxLength: 9000 }), (samples) => {
      const heard = fromBase64(toBase64(samples));
      assert.deepEqual(
        Int16Array.from(heard, (sample) => sample * 0x8000),
        samples,
      );
    }),
  );
  assert.equal(fromBase64('no sound!').length, 0);
  assert.equal(levelOf(new Int16Array(10)), 0);
  assert.ok(levelOf(new Int16Array(10).fill(20_000)) > 0.9);
});
