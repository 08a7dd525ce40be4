/** What a session's configuration says, in both shapes, and the edits of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';
import { holdingUpdate, readSession, refuseOddNames, withResponding } from './session-fields.ts';

const general = (input: object): JsonObject => ({ type: 'realtime', audio: { input } });
const vad = { type: 'server_vad', silence_duration_ms: 200 };

test('both shapes say the same', () => {
  const pairs: readonly (readonly [general: JsonObject, beta: JsonObject])[] = [
    [general({ turn_detection: vad }), { turn_detection: vad }],
    [general({ turn_detection: null }), { turn_detection: null }],
    [general({ transcription: { model: 'm' } }), { input_audio_transcription: { model: 'm' } }],
    [general({ transcription: null }), { input_audio_transcription: null }],
    [general({ format: { type: 'audio/pcm', rate: 24_000 } }), { input_audio_format: 'pcm16' }],
    [general({ format: { type: 'audio/pcmu' } }), { input_audio_format: 'g711_ulaw' }],
    [{ max_output_tokens: 'inf' }, { max_response_output_tokens: 'inf' }],
    [{ max_output_tokens: 100 }, { max_response_output_tokens: 100 }],
  ];
  for (const [one, other] of pairs) assert.deepEqual(readSession(one), readSession(other));
  assert.equal(readSession(general({ turn_detection: vad })).responds, true);
  assert.equal(readSession(general({ turn_detection: { ...vad, create_response: false } })).responds, false);
  assert.equal(readSession({}).responds, undefined);
});

const detection = fc.option(
  fc.record(
    { type: fc.constantFrom('server_vad', 'semantic_vad'), create_response: fc.boolean() },
    { requiredKeys: ['type'] },
  ),
  { nil: null },
);
const session = fc.record(
  {
    instructions: fc.string(),
    turn_detection: detection,
    audio: fc.record(
      { input: fc.record({ turn_detection: detection, noise: fc.jsonValue() }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

test('no session that is sent on lets the upstream respond by itself, and nothing else of it changes', () => {
  fc.assert(
    fc.property(session, (asked) => {
      const sent = withResponding(asked, false);
      assert.notEqual(readSession(sent).responds, true);
      assert.equal(holdingUpdate(sent), undefined);
      const { responds } = readSession(asked);
      if (responds) assert.deepEqual(readSession(withResponding(sent, true)), readSession(asked));
      assert.equal(sent.instructions, asked.instructions);
    }),
  );
});

test('an upstream that responds by itself gets the setting not to, in its own shape', () => {
  const held = { ...vad, create_response: false };
  assert.deepEqual(holdingUpdate(general({ turn_detection: vad })), general({ turn_detection: held }));
  assert.deepEqual(holdingUpdate({ turn_detection: vad }), { turn_detection: held });
  assert.equal(holdingUpdate({ turn_detection: null }), undefined);
});

test('a decisive name in another letter case is refused at any depth, other names pass', () => {
  for (const odd of ['Session', 'TURN_DETECTION', 'Model', 'Create_Response', 'Max_Output_Tokens']) {
    assert.throws(() => refuseOddNames({ session: [{ deep: { [odd]: 1 } }] }), HalleyError);
  }
  refuseOddNames({ session: { Instructions: 'x', audio: { input: { turn_detection: vad } } } });
});
