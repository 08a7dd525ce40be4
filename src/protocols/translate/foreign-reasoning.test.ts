/** Reasoning of other providers in requests that are not translated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../json-bytes.ts';
import type { JsonObject } from '../protocol.ts';
import {
  chatReasoning,
  foreignReasoning,
  geminiReasoning,
  messagesReasoning,
  type ReasoningPlace,
  responsesReasoning,
} from './foreign-reasoning.ts';
import { writeSignature } from './gemini/signatures.ts';

/** The body after the edits. */
function left(place: ReasoningPlace, text: string): string {
  const bytes = Buffer.from(text);
  const edits = foreignReasoning(place, JSON.parse(text) as JsonObject, bytes);
  return Buffer.concat(edited([bytes], edits)).toString();
}

const carrier = 'halley2.openai.s.rs_1|abc';
const foreign = `{"type":"thinking", "thinking":"a]}", "signature":"${carrier}"}`;
const unsigned = '{"type":"thinking","thinking":"b","signature":""}';
const redacted = `{"type":"redacted_thinking","data":"${carrier}"}`;
const own = '{ "signature":"EqQ=", "thinking":"", "type":"thinking" }';
const said = '{"type":"text","text":"é, \\u0041"}';

const messages = (...contents: readonly string[]) =>
  `{"n":1.0, "messages" : [ ${contents.map((content) => `{"role":"x","content": ${content} }`).join(' , ')} ] }`;

test('thinking that another provider signed, or none, is left out; every other byte stays', () => {
  const history = messages('"halley2.openai.s.x"', `[ ${foreign}, ${own} , ${said} ]`, `[${said}]`);
  assert.equal(
    left(messagesReasoning, history),
    messages('"halley2.openai.s.x"', `[ ${own} , ${said} ]`, `[${said}]`),
  );
  for (const [before, after] of [
    [`[${said}, ${foreign}]`, `[${said}]`],
    [`[${foreign},${unsigned},${said},${redacted},${own}, ${foreign}]`, `[${said},${own}]`],
    [`[${said},${redacted},${unsigned},${own}]`, `[${said},${own}]`],
  ] as const) {
    assert.equal(left(messagesReasoning, messages(before)), messages(after));
  }
});

test('a request without any stays as it is', () => {
  for (const [place, text] of [
    [messagesReasoning, messages('"hi"', `[${own},${said}]`, '[]')],
    [responsesReasoning, '{"input":"halley2.openai.s.x"}'],
    [chatReasoning, '{"messages":[{"reasoning_details":null}]}'],
    [geminiReasoning, '{}'],
  ] as const) {
    assert.deepEqual(foreignReasoning(place, JSON.parse(text) as JsonObject, Buffer.from(text)), []);
  }
});

test('a message of nothing else is left out', () => {
  const history = messages('"hi"', `[${foreign},${redacted}]`, `[${said}]`, `[${unsigned}]`);
  assert.equal(left(messagesReasoning, history), messages('"hi"', `[${said}]`));
});

test('items of Responses that carry it, or that the gateway made', () => {
  const item = (id: string, more = '') => `{"type":"reasoning","id":"${id}","summary":[]${more}}`;
  const kept = [
    item('rs_0a1b2c3d4e5f60718293a4b5c6d7e8f9'),
    item('rs_1', ',"encrypted_content":"gAAA"'),
    said,
  ];
  const gone = [item('rs_0mx1iafue89d42c9035510c0d_0'), item('x', `,"encrypted_content":"${carrier}"`)];
  const mixed = `{"input":[${gone[0]},${kept[0]}, ${gone[1]},${kept[1]},${kept[2]}]}`;
  assert.equal(left(responsesReasoning, mixed), `{"input":[${kept.join(',')}]}`);
});

test('all details of a chat message that the gateway wrote', () => {
  const ours = `[{"type":"reasoning.summary","summary":"a"},{"type":"reasoning.encrypted","data":"${carrier}"}]`;
  const own = '[{"type":"reasoning.text","signature":"sig"}]';
  const message = (...members: readonly string[]) => `{"role":"assistant",${members.join(' , ')}}`;
  const details = (list: string) => `"reasoning_details" : ${list}`;
  const text = '"content":"a"';
  const history = (...all: readonly string[]) => `{"messages":[${all.join(',')}]}`;
  const kept = message(details(own), text);
  const before = history(kept, message(details(ours), text), message(text, details(ours)));
  assert.equal(left(chatReasoning, before), history(kept, message(text), `{"role":"assistant",${text} }`));
});

test("Gemini's parts: a thought is left out, a call has the signature for calls of others", () => {
  const signature = writeSignature({ provider: 'anthropic', blob: 'sig' });
  const contents = (...parts: readonly string[]) => `{"contents":[{"parts":[${parts.join(',')}]}]}`;
  for (const [name, call] of [
    ['thoughtSignature', '"functionCall":{"name":"f"}'],
    ['thought_signature', '"function_call":{"name":"f"}'],
  ] as const) {
    const before = contents(
      `{"text":"hm","thought":true,"${name}":"${signature}"}`,
      `{"text":"a","${name}":"CvQB"}`,
      `{"${name}": "${signature}" , ${call}}`,
    );
    const after = contents(
      `{"text":"a","${name}":"CvQB"}`,
      `{"${name}": "skip_thought_signature_validator" , ${call}}`,
    );
    assert.equal(left(geminiReasoning, before), after);
  }
});
