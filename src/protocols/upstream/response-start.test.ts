/** From which byte on a response is one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { piecesOf } from '../../../tests/support/pieces.ts';
import { limits } from '../../platform/limits.ts';
import { EventSplitter } from '../events/event-splitter.ts';
import { Piece } from '../events/piece.ts';
import type { ResponseForm } from '../protocol.ts';
import { formOfStart, responseStart, type StartVerdict } from './response-start.ts';

function nameOf(verdict: StartVerdict): string {
  if (typeof verdict === 'string') return verdict;
  return verdict.error ? 'error' : 'nothing';
}

const part = (bytes: Buffer) => new Piece(bytes, 'part');

/** Gives the pieces until there is a verdict, and then ends. */
function judge(form: ResponseForm, ...pieces: readonly string[]): string {
  const start = responseStart(form);
  const splitter = new EventSplitter(limits.event_held_bytes_max);
  for (const text of pieces) {
    const bytes = Buffer.from(text);
    for (const piece of form === 'sse' ? splitter.push(bytes) : [part(bytes)]) {
      const verdict = start.push(piece);
      if (verdict !== 'undecided') return nameOf(verdict);
    }
  }
  return nameOf(start.end(true, splitter.end()[0]));
}

const chunk = 'data: {"choices":[{"delta":{"content":"shipping errors"}}]}\n\n';
const failed = 'data: {"error":{"message":"busy","code":502}}\n\n';

const events: readonly (readonly [string, string])[] = [
  ['', 'nothing'],
  ['data: [DONE]\n\n', 'nothing'],
  [': keep-alive\n\n', 'nothing'],
  ['data: null\n\n', 'nothing'],
  ['event: ping\ndata: {"type":"ping"}\n\n', 'nothing'],
  ['<html><body>error</body></html>', 'nothing'],
  [chunk, 'useful'],
  [`: PROCESSING\n\n${chunk}`, 'useful'],
  [`retry: 3000\nid: 1\n${chunk}`, 'useful'],
  [chunk.replaceAll('\n', '\r\n'), 'useful'],
  ['data: words that are no JSON\n\n', 'useful'],
  ['event: message_start\ndata: {"type":"message_start"}\n\n', 'useful'],
  ['data: {"choices":[{"delta":{"content":"x"}}]}', 'useful'],
  ['{"choices":[{"message":{"content":"x"}}]}', 'useful'],
  [failed, 'error'],
  [`: PROCESSING\n\n${failed}`, 'error'],
  ['event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n', 'error'],
  ['event: error\ndata: what is this\n\n', 'error'],
  ['data: {"type":"error","code":"server_error","message":"busy"}\n\n', 'error'],
  ['data: {\ndata: "error": {"message":"in lines"}\ndata: }\n\n', 'error'],
  ['data: {"choices":[],"base_resp":{"status_code":1002}}\n\n', 'error'],
  ['{"error":{"message":"in the place of events"}}', 'error'],
];

for (const [text, verdict] of events) {
  test(`events: ${JSON.stringify(text)} is ${verdict}, however it is cut`, () => {
    assert.equal(judge('sse', text), verdict);
    assert.equal(judge('sse', ...text), verdict);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        assert.equal(
          judge('sse', text.slice(0, first), text.slice(first, second), text.slice(second)),
          verdict,
        );
      }),
    );
  });
}

test('the first event of a stream is useful in the turn in which it comes', () => {
  for (const text of [chunk, chunk.replace('errors', 'code "code"')]) {
    assert.equal(responseStart('sse').push(new Piece(Buffer.from(text), 'events')), 'useful');
  }
});

test('a first event longer than what is kept is useful before its end', () => {
  const piece = Buffer.from(`data: {"b64_json":"${'A'.repeat(100_000)}`);
  assert.equal(responseStart('sse').push(part(piece)), 'useful');
});

const texts: readonly (readonly [ResponseForm, string, string])[] = [
  ['json', '', 'nothing'],
  ['json', ' \n ', 'nothing'],
  ['json', 'null', 'nothing'],
  ['json', '{}', 'nothing'],
  ['json', '"busy"', 'nothing'],
  ['json', '<!DOCTYPE html><html></html>', 'nothing'],
  ['json', 'upstream connect error', 'nothing'],
  ['json', '{"error":{"message":"busy"}}', 'error'],
  ['json', '{"error":"busy"}', 'error'],
  ['json', '{"type":"error","error":{"type":"overloaded_error"}}', 'error'],
  ['json', '{"choices":[],"base_resp":{"status_code":1008}}', 'error'],
  ['json', '{"code":401,"msg":"token expired","success":false}', 'error'],
  ['json', '[{"error":{"code":400}}]', 'error'],
  ['json', '{"choices":[{"message":{"content":"x"}}]}', 'useful'],
  ['json', '{"data":[{"embedding":[1]}]}', 'useful'],
  ['json', '{"embedding":{"values":[1]}}', 'useful'],
  ['json', '{"input_tokens":5}', 'useful'],
  ['json', '{"totalTokens":5}', 'useful'],
  ['json', '\n\n{"error":null,"output":[{"type":"message"}]}', 'useful'],
  ['json-array', '[]', 'nothing'],
  ['json-array', '[{"error":{"code":400}}]', 'error'],
  ['json-array', '{"error":{"code":400}}', 'error'],
  ['json-array', '[{"candidates":[{}]},\n{"candidates":[]}]', 'useful'],
];

for (const [form, text, verdict] of texts) {
  test(`${form}: ${JSON.stringify(text)} is ${verdict}, however it is cut`, () => {
    assert.equal(judge(form, text), verdict);
    assert.equal(judge(form, ...text), verdict);
  });
}

test('an array is an answer with its first element, before its end', () => {
  assert.equal(responseStart('json-array').push(part(Buffer.from('[{"candidates":[{}]}\n,'))), 'useful');
});

test('a long JSON text is judged by its beginning', () => {
  const long = (text: string) =>
    nameOf(responseStart('json').push(part(Buffer.from(text.padEnd(100_000, 'A')))));
  assert.equal(long('{"data":[{"b64_json":"'), 'useful');
  assert.equal(long('<html>'), 'nothing');
});

test('no bytes break the judge', () => {
  const forms = fc.constantFrom<ResponseForm>('sse', 'json', 'json-array');
  fc.assert(
    fc.property(forms, fc.array(fc.uint8Array({ maxLength: 40 })), (form, pieces) => {
      const start = responseStart(form);
      const chunks = pieces.map((piece) => Buffer.from(piece));
      for (const piece of piecesOf(form, chunks)) if (start.push(piece) !== 'undecided') return;
      assert.notEqual(start.end(true, undefined), 'undecided');
    }),
  );
});

test('the first bytes show the form, also after a byte order mark', () => {
  for (const text of ['data: {}', '\n: hi', 'event: x', 'id: 1', '\uFEFFdata: 1']) {
    assert.equal(formOfStart(Buffer.from(text)), 'sse');
  }
  for (const text of ['{"data":1}', ' [', '\uFEFF{']) assert.equal(formOfStart(Buffer.from(text)), 'json');
  for (const text of ['<html>', 'database: x', '']) assert.equal(formOfStart(Buffer.from(text)), undefined);
});
