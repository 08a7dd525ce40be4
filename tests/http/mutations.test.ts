/** A request with random byte changes: no crash, and no second request made of its parts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { RawClient } from './raw-client.ts';
import { startShell } from './shell.ts';

const framings = [
  `Content-Length: 40\r\n\r\n${'x'.repeat(40)}`,
  `Transfer-Encoding: chunked\r\n\r\n14\r\n${'x'.repeat(20)}\r\n14;ext="y"\r\n${'x'.repeat(20)}\r\n0\r\n\r\n`,
].map(
  (end) =>
    `POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: example.org:80\r\nAuthorization: Bearer k\r\n${end}`,
);

const telling = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  '0',
  '1',
  'f',
  '\x7f',
  '\xff',
  ';',
);
const change = fc.record({
  at: fc.nat(300),
  remove: fc.nat(3),
  insert: fc.oneof(telling, fc.string({ maxLength: 3, unit: 'binary-ascii' }), fc.constant('')),
});

test('a request with any changed bytes is handled at most once, and the server keeps running', async (t) => {
  const shell = await startShell(t, { settings: { body_idle_ms: 5000 } });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...framings),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (framing, changes) => {
        shell.handled.length = 0;
        let bytes = framing;
        for (const { at, remove, insert } of changes) {
          bytes = bytes.slice(0, at) + insert + bytes.slice(at + remove);
        }
        const client = await RawClient.open(shell.port);
        client.socket.end(Buffer.from(bytes, 'latin1'));
        if (!client.socket.closed) await once(client.socket, 'close');
        assert.ok(shell.handled.length <= 1, JSON.stringify(shell.handled));
        assert.ok(client.statuses.length <= 2);
        assert.equal(client.error, undefined);
      },
    ),
    { numRuns: 400 },
  );
  const client = await RawClient.open(shell.port);
  client.send('GET /alive HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.untilReceived('/alive');
  client.socket.destroy();
});
