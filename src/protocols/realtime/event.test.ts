/** Reading events: what is taken means the same to every parser, and nothing crashes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { eventIdOf, readEvent, readLongEvent } from './event.ts';
import { amountsIn } from './session-tally.ts';

test('any bytes are either an event with one type or refused as invalid', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      try {
        const event = readEvent(Buffer.from(text));
        assert.deepEqual(event.json, JSON.parse(text));
        assert.equal(event.type, JSON.parse(text).type);
      } catch (thrown) {
        assert.ok(thrown instanceof HalleyError && thrown.code === 'invalid_body', String(thrown));
      }
    }),
  );
});

test('an event is read whatever its members, in any order and spacing', () => {
  const members = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(members, fc.string({ minLength: 1 }), fc.boolean(), (others, type, isLast) => {
      const names = new Set(Object.keys(others).map((name) => name.toLowerCase()));
      fc.pre(!names.has('type') && names.size === Object.keys(others).length);
      const json = isLast ? { ...others, type } : { type, ...others };
      const event = readEvent(Buffer.from(JSON.stringify(json, null, 2)));
      assert.equal(event.type, type);
    }),
  );
});

test('a name that is there twice is refused however it is written', () => {
  const spelling = (name: string) =>
    fc
      .array(fc.constantFrom('plain', 'upper', 'escape'), { minLength: name.length, maxLength: name.length })
      .map((ways) =>
        [...name]
          .map((char, at) => {
            if (ways[at] === 'upper') return char.toUpperCase();
            return ways[at] === 'escape' ? `\\u00${char.charCodeAt(0).toString(16)}` : char;
          })
          .join(''),
      );
  fc.assert(
    fc.property(spelling('type'), spelling('type'), (one, other) => {
      const text = `{"${one}":"input_audio_buffer.append","${other}":"response.create"}`;
      assert.throws(() => readEvent(Buffer.from(text)), HalleyError);
    }),
  );
});

test('a long event is read as a short one is: type, id, and what it may need as input', async () => {
  const content = fc.oneof(
    fc.record({ type: fc.constant('input_audio'), audio: fc.base64String({ maxLength: 400 }) }),
    fc.record({ type: fc.constant('input_text'), text: fc.stringMatching(/^[a-zü ]{0,400}$/) }),
    fc.record({ type: fc.constant('input_image'), image_url: fc.webUrl({ size: 'large' }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(content), fc.string(), async (parts, event_id) => {
      const item = { type: 'message', role: 'user', content: parts };
      const bytes = Buffer.from(JSON.stringify({ event_id, type: 'conversation.item.create', item }));
      const [short, long] = [readEvent(bytes), await readLongEvent(bytes, 'client', systemClock)];
      assert.equal(long.type, short.type);
      assert.equal(eventIdOf(long.json), eventIdOf(short.json));
      assert.equal(long.bytes, bytes);
      assert.deepEqual(amountsIn(long.json.item, 48), amountsIn(short.json.item, 48));
    }),
  );
});

test('what the gateway changes of an upstream is read whole', async () => {
  const session = { instructions: 'A'.repeat(2_000_000) };
  const bytes = Buffer.from(JSON.stringify({ type: 'session.updated', session }));
  assert.deepEqual((await readLongEvent(bytes, 'upstream', systemClock)).json.session, session);
});

test('the id of an event is a text that is not empty', () => {
  assert.equal(eventIdOf({ event_id: 'a' }), 'a');
  for (const event_id of ['', 1, null, undefined]) assert.equal(eventIdOf({ event_id }), undefined);
});
