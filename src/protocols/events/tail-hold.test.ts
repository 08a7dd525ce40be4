import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { piecesOf } from '../../../tests/support/pieces.ts';
import { limits } from '../../platform/limits.ts';
import type { ResponseForm } from '../protocol.ts';
import { anthropicEnd, chatEnd, geminiEnd, imagesEnd, responsesEnd } from './end-marks.ts';
import { EventSplitter } from './event-splitter.ts';
import type { TailHold } from './hold.ts';
import { Piece } from './piece.ts';
import { tailHold } from './tail-hold.ts';

const stream = (...events: readonly string[]) => events.join('');
const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const named = (event: { type: string }) => `event: ${event.type}\n${data(event)}`;
const cut = (text: string, places: readonly number[]): Buffer[] => {
  const bytes = Buffer.from(text);
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, at) => bytes.subarray(sorted[at - 1] ?? 0, end));
};
const whole = (text: string) => new Piece(Buffer.from(text), 'events');
const part = (bytes: Buffer) => new Piece(bytes, 'part');
const places = fc.array(fc.nat(100_000), { maxLength: 14 });

/** What a client has before the record, and after it. */
function run(hold: TailHold, chunks: readonly Buffer[], form: ResponseForm = 'sse') {
  const before = Buffer.concat(piecesOf(form, chunks).flatMap((piece) => hold.push(piece) ?? [])).toString();
  const ended = hold.ended;
  return { before, all: before + (hold.flush()?.toString() ?? ''), ended };
}

const chatEvent = data({ choices: [{ delta: { content: 'say data: [DONE]\n\ndata: [DONE]' } }] });
const response = { id: 'r', output: [{ text: 'event: response.completed' }] };
const ends = [
  { name: 'chat', marks: chatEnd, body: chatEvent, end: 'data: [DONE]\n\n', sure: true },
  { name: 'chat with CRLF', marks: chatEnd, body: chatEvent, end: 'data:[DONE]\r\n\r\n', sure: true },
  ...(['completed', 'incomplete', 'failed'] as const).map((word) => ({
    name: `responses ${word}`,
    marks: responsesEnd,
    body: named({ type: 'response.output_text.delta', ...{ delta: '\nevent: response.completed\n\n' } }),
    end: named({ type: `response.${word}`, ...{ response } }),
    sure: true,
  })),
  {
    name: 'responses without event lines',
    marks: responsesEnd,
    body: data({ type: 'response.output_text.delta', delta: 'response.completed' }),
    end: data({ type: 'response.completed', response }),
    sure: true,
  },
  {
    name: 'messages',
    marks: anthropicEnd,
    body: named({ type: 'content_block_delta', ...{ delta: { text: '\nevent: message_stop\n\n' } } }),
    end: named({ type: 'message_stop' }),
    sure: true,
  },
  {
    name: 'gemini',
    marks: geminiEnd,
    body: data({ candidates: [{ content: { parts: [{ text: '"finishReason"' }] } }] }),
    end: data({ candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 1 } }),
    sure: false,
  },
  ...(['image_generation', 'image_edit'] as const).map((kind) => ({
    name: kind,
    marks: imagesEnd,
    body: named({ type: `${kind}.partial_image`, ...{ b64_json: 'QUJD' } }),
    end: named({ type: `${kind}.completed`, ...{ b64_json: 'QUJD' } }),
    sure: false,
  })),
];

describe('the tail hold of a stream', () => {
  for (const { name, marks, body, end, sure } of ends) {
    const text = stream(body, body, end);

    it(`${name}: keeps the end back however it is cut, and changes no byte`, () => {
      fc.assert(
        fc.property(places, (where) => {
          const hold = tailHold(marks, 'sse', false);
          const { before, all, ended } = run(hold, cut(text, where));
          assert.equal(all, text);
          assert.ok(before.length < text.length - 2, `gave ${before}`);
          assert.equal(ended, sure);
          assert.equal(hold.flush(), undefined);
        }),
      );
    });

    it(`${name}: piece by piece, everything before the end goes out`, () => {
      const { before } = run(tailHold(marks, 'sse', false), cut(text, [body.length, 2 * body.length]));
      assert.equal(before, body + body);
    });

    it(`${name}: is not over before its last event is`, () => {
      const hold = tailHold(marks, 'sse', false);
      const splitter = new EventSplitter(limits.event_held_bytes_max);
      for (const byte of nonEmpty(Buffer.from(text.slice(0, -1)))) {
        for (const piece of splitter.push(Buffer.from([byte]))) hold.push(piece);
        assert.equal(hold.ended, false);
      }
      for (const piece of splitter.push(Buffer.from(text.slice(-1)))) hold.push(piece);
      assert.equal(hold.ended, sure);
    });
  }

  it('lets a stage of a picture pass while it comes, and keeps the whole picture, however long they are', () => {
    const hold = tailHold(imagesEnd, 'sse', false);
    const b64_json = 'A'.repeat(200_000);
    const splitter = new EventSplitter(limits.event_held_bytes_max);
    const give = (text: string) =>
      cut(text, [70_000, 140_000])
        .flatMap((chunk) => splitter.push(chunk))
        .reduce((given, piece) => given + (hold.push(piece)?.toString() ?? ''), '');
    const stage = named({ type: 'image_edit.partial_image', ...{ b64_json } });
    const picture = named({ type: 'image_edit.completed', ...{ b64_json } });
    assert.equal(give(stage.slice(0, 150_000)), stage.slice(0, 150_000));
    assert.equal(give(stage.slice(150_000)), stage.slice(150_000));
    assert.equal(give(picture), '');
    assert.equal(give(stage.slice(0, 150_000)), picture + stage.slice(0, 150_000));
    assert.equal(give(stage.slice(150_000)), stage.slice(150_000));
    assert.equal(give(picture), '');
    assert.equal(hold.flush()?.toString(), picture);
  });

  it('holds at most one piece of content that looks like an end', () => {
    const lookalike = data({ candidates: [{ content: {}, finishReason: 'STOP' }] });
    const hold = tailHold(geminiEnd, 'sse', false);
    assert.equal(hold.push(whole(lookalike)), undefined);
    assert.equal(hold.push(whole(lookalike))?.toString(), lookalike);
    assert.equal(hold.push(whole(': ping\n\n'))?.toString(), `${lookalike}: ping\n\n`);
  });

  it('holds no more than its limit', () => {
    for (const hide of [false, true]) {
      for (const [marks, begin] of [
        [responsesEnd, 'event: response.completed\ndata: {"response":"'],
        [geminiEnd, 'data: {"finishReason":"'],
        [chatEnd, 'data: [DONE]\n\ndata: "'],
      ] as const) {
        const hold = tailHold(marks, 'sse', hide);
        let out = hold.push(part(Buffer.from(begin)))?.length ?? 0;
        for (let n = 0; n < 30; n++) out += hold.push(part(Buffer.alloc(99_999, 'x')))?.length ?? 0;
        const sent = begin.length + 30 * 99_999;
        assert.ok(sent - out <= limits.tail_hold_bytes_max, `${sent - out}`);
        assert.equal((hold.flush()?.length ?? 0) + out, sent);
      }
    }
  });
});

describe('hiding the report of usage', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2 };
  const event = fc.constantFrom(
    chatEvent,
    chatEvent.replaceAll('\n', '\r\n'),
    ': comment\n\n',
    'event: x\r\nid: 3\r\ndata: {"choices":[{"delta":{}}],"usage":null}\r\n\r\n',
    data({ choices: [], prompt_filter_results: [] }),
    data({ choices: [], usage: null }),
    data({ choices: [{ delta: { content: '"choices":[] "usage":{}' } }], usage }),
    data({ choices: [{ message: { content: { choices: [] } } }], usage }),
    'data: {"choices":[],\ndata: "usage":"none"}\n\n',
    'data: broken "choices": [] \n\n',
    data({ error: { message: 'busy' }, usage }),
    '\n',
  );
  const report = fc.constantFrom(
    data({ id: 'c', choices: [], usage }),
    data({ usage, choices: [] }).replaceAll('\n', '\r\n'),
    'id: 1\ndata: {"choices" : [ ],\ndata: "usage":{}}\n\n',
    `data: ${JSON.stringify({ choices: [], usage }, null, 0).replaceAll(':', ': ')}\n\n`,
    data({ choices: null, usage }),
    data({ object: 'chat.completion.chunk', usage }),
  );

  it('takes out that event alone; all other bytes stay, however they are cut', () => {
    const item = fc.oneof(
      event.map((text) => ({ text, hidden: false })),
      report.map((text) => ({ text, hidden: true })),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), places, fc.boolean(), (items, where, done) => {
        const end = done ? 'data: [DONE]\n\n' : '';
        const text = items.map((one) => one.text).join('') + end;
        const shown = items.flatMap((one) => (one.hidden ? [] : one.text)).join('') + end;
        const { before, all, ended } = run(tailHold(chatEnd, 'sse', true), cut(text, where));
        assert.equal(all, shown);
        assert.equal(ended, done);
        if (done) assert.ok(!before.includes('\ndata: [DONE]\n\n'));
      }),
      { numRuns: 400 },
    );
  });

  it('takes it out too where the stream breaks off right after it', () => {
    const text = chatEvent + data({ choices: [], usage }).trimEnd();
    assert.equal(run(tailHold(chatEnd, 'sse', true), [Buffer.from(text)]).all, chatEvent);
  });
});

describe('the tail holds of JSON', () => {
  it('an answer is whole only with its last piece', () => {
    fc.assert(
      fc.property(places, (where) => {
        const text = '{"a":1}';
        const { before, all, ended } = run(tailHold(chatEnd, 'json', true), cut(text, where), 'json');
        assert.equal(all, text);
        assert.ok(before.length < text.length);
        assert.equal(ended, false);
      }),
    );
    const hold = tailHold(chatEnd, 'json', false);
    const out = hold.push(part(Buffer.alloc(limits.tail_hold_bytes_max + 7)));
    assert.equal(out?.length, 7);
    assert.equal(hold.push(part(Buffer.from('x')))?.length, limits.tail_hold_bytes_max);
  });

  it('an array is whole only with its last bracket, and what only looks like it is late by a piece', () => {
    const text = '[{"a":[1,2]\n},\n{"b":[]}]\r\n ';
    fc.assert(
      fc.property(places, (where) => {
        const { before, all } = run(tailHold(geminiEnd, 'json-array', false), cut(text, where), 'json-array');
        assert.equal(all, text);
        assert.ok(before.length <= text.trimEnd().length - 1, before);
      }),
    );
    const hold = tailHold(geminiEnd, 'json-array', false);
    assert.equal(hold.push(part(Buffer.from('[{"a":[1]'))), undefined);
    assert.equal(hold.push(part(Buffer.from('},')))?.toString(), '[{"a":[1]},');
    const held = Buffer.concat([Buffer.alloc(limits.tail_hold_bytes_max, 'x'), Buffer.from(']')]);
    assert.equal(hold.push(part(held))?.toString(), 'x');
  });
});
