import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../platform/limits.ts';
import { HttpFraming } from './framing.ts';

const bodyBytesMax = 1000;

/** What a framing passes on of a text that arrives in pieces. */
function passed(text: string, places: readonly number[] = [], framing = new HttpFraming(bodyBytesMax)) {
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let start = 0;
  let out = '';
  for (const end of ends) {
    out += framing.push(Buffer.from(bytes.subarray(start, end))).toString('latin1');
    start = end;
  }
  return { out, framing };
}

const places = fc.array(fc.nat(), { maxLength: 30 });

const offer = (name: string) =>
  `Connection: Upgrade, HTTP2-Settings\r\n${name}: h2c\r\nHTTP2-Settings: AAMAAABk\r\n`;
const chunks = '5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n';
const messages = {
  get: 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  length: 'POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 19\r\n\r\nGET /x  RTSP/1.0\r\n\r\n'.slice(0, -1),
  chunked: `POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
  emptyBody: 'POST /d HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
} as const;

test('well-formed requests pass unchanged, however they are cut and strung together', () => {
  const several = fc.array(fc.constantFrom(...Object.values(messages)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(several, places, (texts, cuts) => {
      const text = texts.join('');
      const { out, framing } = passed(text, cuts);
      assert.equal(framing.fault, undefined);
      assert.equal(out, text);
      assert.equal(framing.isInside, false);
    }),
    { numRuns: 2000 },
  );
});

test('an offer to upgrade is hidden, however it is written and cut, and nothing else is changed', () => {
  const spelled = fc.constantFrom('Upgrade', 'upgrade', 'UPGRADE', 'uPgRaDe');
  const next = fc.constantFrom(...Object.values(messages));
  fc.assert(
    fc.property(spelled, next, places, (name, after, cuts) => {
      const request = (header: string) =>
        `POST /c HTTP/1.1\r\nHost: a\r\n${offer(header)}Content-Length: 9\r\n\r\nUpgrade: ${after}`;
      assert.equal(passed(request(name), cuts).out, request('upgrad_'));
    }),
    { numRuns: 2000 },
  );
});

for (const line of [
  'GET  /a HTTP/1.1',
  'GET /a RTSP/1.0',
  'GET /a  HTTP/1.1',
  'GET /a ICE/1.0',
  'CONNECT a:1 HTTP/1.1',
]) {
  test(`the request line "${line}" is refused wherever it stands and however it is cut`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', messages.get, messages.length, messages.chunked),
        places,
        (before, cuts) => {
          const { out, framing } = passed(`${before}${line}\r\nHost: a\r\n\r\n`, cuts);
          assert.equal(framing.fault?.code, 'malformed_request');
          assert.equal(out.slice(0, before.length), before);
          assert.doesNotMatch(out.slice(before.length), /\n/);
        },
      ),
    );
  });
}

const chunkedHead = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

test('a chunk that announces more than a body may have is refused before any of it has come', () => {
  const { out, framing } = passed(`${chunkedHead}3e8\r\n`);
  assert.equal(framing.fault, undefined);
  assert.equal(out, `${chunkedHead}3e8\r\n`);
  assert.equal(passed(`${chunkedHead}3e9\r\n`).framing.fault?.code, 'body_too_large');
  assert.equal(passed(`${chunkedHead}1\r\nx\r\n3e8\r\n`).framing.fault?.code, 'body_too_large');
  assert.equal(passed(`${chunkedHead}fffffffffffff\r\n`).framing.fault?.code, 'body_too_large');
});

test('a limit of its own holds for one request alone', () => {
  const framing = new HttpFraming(bodyBytesMax);
  passed(`${chunkedHead}a\r\n`, [], framing);
  assert.equal(framing.limitBody(9), false);
  assert.equal(framing.limitBody(10), true);
  passed('0123456789\r\n0\r\n\r\n', [], framing);
  passed(`${chunkedHead}64\r\n`, [], framing);
  assert.equal(framing.fault, undefined);
});

test('the extensions of all chunks together are bounded, also of one that does not end', () => {
  const extended = `1;${'e'.repeat(1000)}\r\nx\r\n`;
  const few = Math.floor(limits.chunk_extension_bytes_max / 1001);
  assert.equal(passed(chunkedHead + extended.repeat(few)).framing.fault, undefined);
  assert.equal(passed(chunkedHead + extended.repeat(few + 1)).framing.fault?.code, 'body_too_large');
  const endless = `${chunkedHead}1;${'e'.repeat(limits.chunk_extension_bytes_max + 1)}`;
  assert.equal(passed(endless, [100, 5000]).framing.fault?.code, 'body_too_large');
});

test('leading zeros of a length change nothing, and what follows is followed', () => {
  for (const before of [
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0000000000000000000001\r\n\r\nx',
    `${chunkedHead}0000000000000000000001\r\nx\r\n000000000000000000000\r\n\r\n`,
  ]) {
    assert.equal(passed(before).framing.isInside, false);
    const { framing } = passed(`${before}GET  /a HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal(framing.fault?.code, 'malformed_request');
  }
  assert.equal(passed(`${chunkedHead}0000000000000000003e9\r\n`).framing.fault?.code, 'body_too_large');
});

for (const [what, text] of Object.entries({
  'two lengths': 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
  'a length that is no number': 'POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\nx',
  'a length and chunks': 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  'another encoding': 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
  'a folded header': 'GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n',
  'a chunk size that is no number': `${chunkedHead}0x1\r\nx\r\n`,
  'a chunk that is longer than it says': `${chunkedHead}1\r\nxy\r\n`,
})) {
  test(`nothing is followed any further after ${what}`, () => {
    fc.assert(
      fc.property(places, (cuts) => {
        assert.equal(passed(text, cuts).framing.fault?.code, 'malformed_request');
      }),
    );
  });
}

test('empty lines between requests pass nothing on when they come alone', () => {
  const framing = new HttpFraming(bodyBytesMax);
  assert.equal(passed('\r\n', [], framing).out, '');
  assert.equal(framing.isInside, false);
  assert.equal(passed(messages.get, [], framing).out, messages.get);
  assert.equal(passed('\r\n\r\n', [1, 3], framing).out, '');
  // One that is cut in two before a request.
  passed('\r', [], framing);
  passed(`\n${messages.get}`, [], framing);
  assert.equal(framing.fault, undefined);
  assert.equal(framing.isInside, false);
});

test('whatever comes, nothing is thrown and nothing is added', () => {
  const telling = fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    ':',
    ' ',
    '0',
    'ffffffffffffffff',
    'Upgrade',
    ...Object.values(messages),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(telling, fc.string()), { maxLength: 12 }), places, (parts, cuts) => {
      const text = parts.join('');
      const { out } = passed(text, cuts);
      assert.ok(out.length <= Buffer.byteLength(text, 'latin1'));
    }),
    { numRuns: 3000 },
  );
});

const socketHead = (name: string) =>
  `GET /socket?a=b HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n${name}: websocket\r\nX: y\r\n\r\n`;
const withSockets = () =>
  new HttpFraming(bodyBytesMax, (target) => (target.split('?')[0] ?? '') === '/socket');

test('at a path of sockets the head of an offer passes unchanged, and nothing behind it, however it is cut', () => {
  const spelled = fc.constantFrom('Upgrade', 'upgrade', 'uPgRaDe');
  const behind = fc.oneof(fc.constantFrom(...Object.values(messages)), fc.string());
  fc.assert(
    fc.property(spelled, behind, places, (name, rest, cuts) => {
      const head = socketHead(name);
      const { out, framing } = passed(head + rest, cuts, withSockets());
      assert.equal(framing.fault, undefined);
      assert.equal(out, head);
    }),
    { numRuns: 1000 },
  );
  const { framing } = passed(`${socketHead('Upgrade')}\x81\x00`, [], withSockets());
  assert.deepEqual(framing.rest, Buffer.from([0x81, 0]));
});

test('an offer is hidden elsewhere, by other methods, and behind a request that came with it', () => {
  const hidden = [
    socketHead('Upgrade').replace('/socket', '/other'),
    socketHead('Upgrade').replace('GET', 'PUT'),
    messages.get + socketHead('Upgrade'),
  ];
  for (const text of hidden) {
    const { out } = passed(text + messages.get, [], withSockets());
    assert.equal(out, text.replace('Upgrade: websocket', 'upgrad_: websocket') + messages.get);
  }
});
