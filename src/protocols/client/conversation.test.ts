import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chatConversation,
  contentsConversation,
  messagesConversation,
  responsesConversation,
  sessionIn,
} from './conversation.ts';

const long = 10_000;

test('the name that the client gives comes first, in each protocol, however short the request is', () => {
  const messages = [{ role: 'user', content: 'Hello' }];
  assert.equal(chatConversation({ prompt_cache_key: 'a', messages }, 10), 'a');
  assert.equal(responsesConversation({ prompt_cache_key: 'b', conversation: 'c', input: 'Hi' }, 10), 'b');
  assert.equal(responsesConversation({ conversation: { id: 'c' }, input: 'Hi' }, 10), 'c');
  assert.equal(
    messagesConversation({ metadata: { user_id: 'user_1_session_2' }, messages }, 10),
    'user_1_session_2',
  );
  assert.equal(
    contentsConversation({ cachedContent: 'cachedContents/d', contents: [] }, 10),
    'cachedContents/d',
  );
});

test('else the first turn of the user names it, in each form that it may have', () => {
  const first = 'What is in this picture?';
  const part = { type: 'text', text: first };
  const image = { type: 'image_url', image_url: { url: 'data:' } };
  const system = { role: 'system', content: 'Be brief.' };
  for (const content of [first, [part], [image, part]]) {
    assert.equal(chatConversation({ messages: [system, { role: 'user', content }] }, long), first);
    assert.equal(messagesConversation({ messages: [{ role: 'user', content }] }, long), first);
  }
  assert.equal(responsesConversation({ input: first }, long), first);
  assert.equal(
    responsesConversation(
      { input: [{ role: 'user', content: [{ type: 'input_text', text: first }] }] },
      long,
    ),
    first,
  );
  assert.equal(contentsConversation({ contents: [{ parts: [{ text: first }] }] }, long), first);
});

test('later turns do not change it', () => {
  const first = { role: 'user', content: 'Hello' };
  const later = [
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: 'Go on' },
  ];
  assert.equal(
    chatConversation({ messages: [first, ...later] }, long),
    chatConversation({ messages: [first] }, long),
  );
});

test('a request that is too short for a cache belongs to none', () => {
  assert.equal(chatConversation({ messages: [{ role: 'user', content: 'Hello' }] }, 4095), undefined);
  assert.equal(chatConversation({ messages: [{ role: 'user', content: 'Hello' }] }, 4096), 'Hello');
});

test('nothing that a client sends makes it throw, or its name long', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      for (const read of [
        chatConversation,
        responsesConversation,
        messagesConversation,
        contentsConversation,
      ]) {
        const name = read(
          { messages: value, input: value, contents: value, prompt_cache_key: value, metadata: value },
          long,
        );
        assert.ok(name === undefined || (typeof name === 'string' && name.length <= 16_384));
      }
    }),
  );
});

test('a session header names it too', () => {
  assert.equal(sessionIn({ 'session-id': 'codex', 'x-session-id': 'other' }), 'codex');
  assert.equal(sessionIn({ 'x-claude-code-session-id': 'claude' }), 'claude');
  assert.equal(sessionIn({ session_id: '', 'x-session-affinity': 'opencode' }), 'opencode');
  assert.equal(sessionIn({ 'x-request-id': 'r' }), undefined);
});
