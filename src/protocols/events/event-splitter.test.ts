/** Where a stream of events is split, and that no byte of it changes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { EventSplitter } from './event-splitter.ts';
import { Piece } from './piece.ts';
import { parseEvent } from './server-sent-event.ts';

/** A parser of the standard's words, byte for byte, to compare with: each line, then each event. */
function eventsByStandard(text: string) {
  const events: { name: string; data: string }[] = [];
  let name = '';
  let data: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push({ name, data: data.join('\n') });
      name = '';
      data = [];
    } else if (/^data(:|$)/.test(line)) data.push(line.slice(5).replace(/^ /, ''));
    else if (/^event(:|$)/.test(line)) name = line.slice(6).replace(/^ /, '');
  }
  if (data.length > 0) events.push({ name, data: data.join('\n') });
  return events;
}

function split(bytes: Buffer, places: readonly number[], bytesMax = 1000): Piece[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  const splitter = new EventSplitter(bytesMax);
  const chunks = [...sorted, bytes.length].map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

function parsed(pieces: readonly Piece[]) {
  return pieces.flatMap((piece) =>
    [...piece.events()].flatMap((event) => {
      const { name, data } = parseEvent(event);
      return data === undefined ? [] : { name, data };
    }),
  );
}

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const line = fc.constantFrom(
  'data: {"a":"é€😀"}',
  'data:x',
  'data',
  'event: ping',
  ': comment',
  'id: 7',
  'stray',
  'data:  two',
);
const event = fc.tuple(fc.array(line, { minLength: 1, maxLength: 4 }), lineEnd).map(([lines, end]) => {
  return `${lines.join(end)}${end}${end}`;
});
const stream = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.oneof(event, event, fc.constantFrom(': ping\n', '\n', ':\r\n')), { maxLength: 8 }),
  )
  .map(([mark, events]) => (mark ? '\uFEFF' : '') + events.join(''));
const places = fc.array(fc.nat(10_000), { maxLength: 20 });

describe('splitting a stream of events', () => {
  it('gives the events of the standard, and every byte, however the stream is cut', () => {
    fc.assert(
      fc.property(stream, places, (text, where) => {
        const bytes = Buffer.from(text);
        const pieces = split(bytes, where);
        assert.deepEqual(Buffer.concat(pieces.map((piece) => piece.bytes)), bytes);
        assert.deepEqual(parsed(pieces), eventsByStandard(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same byte by byte', () => {
    fc.assert(
      fc.property(stream, (text) => {
        const bytes = Buffer.from(text);
        const pieces = split(
          bytes,
          Array.from({ length: bytes.length }, (_, index) => index),
        );
        assert.deepEqual(Buffer.concat(pieces.map((piece) => piece.bytes)), bytes);
        assert.deepEqual(parsed(pieces), eventsByStandard(text));
      }),
    );
  });

  it('gives a whole event in the turn in which its blank line comes, and no part of one before', () => {
    for (const end of ['\n\n', '\r\n\r\n', '\r\r']) {
      const splitter = new EventSplitter(1000);
      assert.deepEqual(splitter.push(Buffer.from('data: a')), []);
      assert.deepEqual(splitter.push(Buffer.from(end.slice(0, -1))), []);
      assert.deepEqual(splitter.push(Buffer.from(end.slice(-1))), [
        new Piece(Buffer.from(`data: a${end}`), 'events'),
      ]);
      assert.deepEqual(splitter.end(), []);
    }
  });

  it('gives a comment when its line ends, since it keeps the connection alive', () => {
    const splitter = new EventSplitter(1000);
    assert.deepEqual(splitter.push(Buffer.from(': pi')), []);
    assert.deepEqual(splitter.push(Buffer.from('ng\n')), [new Piece(Buffer.from(': ping\n'), 'events')]);
    assert.deepEqual(splitter.push(Buffer.from('data: x\n: no end of it\n')), []);
    assert.equal(splitter.end()[0]?.bytes.toString(), 'data: x\n: no end of it\n');
  });

  it('passes an event that is too long in parts, ends it where it ends, and goes on', () => {
    fc.assert(
      fc.property(lineEnd, places, fc.integer({ min: 0, max: 3 }), (end, where, after) => {
        const long = `data: ${'x'.repeat(3000)}${end}${end}`;
        const text = `data: a${end}${end}${long}${`data: b${end}${end}`.repeat(after)}`;
        const pieces = split(Buffer.from(text), [100, 1500, 2500, ...where]);
        assert.equal(Buffer.concat(pieces.map((piece) => piece.bytes)).toString(), text);
        const extents = pieces.map((piece) => piece.extent);
        const last = extents.indexOf('last');
        assert.notEqual(last, -1);
        assert.ok(
          nonEmpty(extents.slice(extents.indexOf('part'), last)).every((extent) => extent === 'part'),
        );
        assert.deepEqual(
          parsed(pieces.slice(last + 1)).map(({ data }) => data),
          Array(after).fill('b'),
        );
      }),
    );
  });

  it('takes time in proportion to the bytes, also for an event that comes in single bytes', () => {
    const bytes = Buffer.from(`data: ${'x'.repeat(200_000)}\n\n`);
    const splitter = new EventSplitter(1_000_000);
    let pieces: readonly Piece[] = [];
    for (const byte of nonEmpty(bytes)) pieces = splitter.push(Buffer.from([byte]));
    assert.equal(pieces[0]?.bytes.length, bytes.length);
  });
});

describe('finding an event among whole ones', () => {
  it('gives the event around each byte of it, whatever ends its lines', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 6 }), (events) => {
        const bytes = Buffer.from(events.join(''));
        const piece = new Piece(bytes, 'events');
        let start = 0;
        for (const text of nonEmpty(events)) {
          const { length } = Buffer.from(text);
          const end = start + length;
          for (const index of [start, start + (length >> 1)])
            assert.deepEqual(piece.eventAt(index), { start, end });
          start = end;
        }
      }),
    );
  });
});
