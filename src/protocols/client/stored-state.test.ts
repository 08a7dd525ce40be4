import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../../platform/errors.ts';
import { storedState } from './stored-state.ts';

const distinct = () => true;
const refused = (thrown: unknown) => thrown instanceof HalleyError && thrown.code === 'invalid_body';

test('what a request continues is read in each of its forms; a response is stored unless it is said not to', () => {
  assert.deepEqual(storedState({}, distinct), {
    responseId: undefined,
    conversationId: undefined,
    isStored: true,
  });
  const body = { previous_response_id: 'resp_1', conversation: { id: 'conv_1' }, store: false };
  assert.deepEqual(storedState(body, distinct), {
    responseId: 'resp_1',
    conversationId: 'conv_1',
    isStored: false,
  });
  assert.equal(storedState({ conversation: 'conv_2', store: null }, distinct).conversationId, 'conv_2');
  assert.equal(storedState({ previous_response_id: null }, distinct).responseId, undefined);
});

test('another case, an empty id, a value that is none, and a name twice are refused', () => {
  for (const value of ['', 7, true, [], {}, { id: 3 }, { id: null }]) {
    assert.throws(() => storedState({ previous_response_id: value }, distinct), refused);
    assert.throws(() => storedState({ conversation: value }, distinct), refused);
  }
  for (const name of ['Previous_Response_Id', 'CONVERSATION', 'prevıous_response_id'.replace('ı', 'I')])
    assert.throws(() => storedState({ [name]: 'x' }, distinct), refused);
  assert.throws(() => storedState({ previous_response_id: null }, () => false), refused);
  assert.equal(storedState({}, () => false).responseId, undefined);
});

test('whatever the values are, an id is a text that is not empty, or the request is refused', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (previous_response_id, conversation) => {
      try {
        const state = storedState({ previous_response_id, conversation }, distinct);
        for (const id of [state.responseId, state.conversationId])
          assert.ok(id === undefined || (typeof id === 'string' && id !== ''));
      } catch (thrown) {
        assert.ok(refused(thrown));
      }
    }),
  );
});
