/**
 * Requests whose framing two programs may read differently, also after the first request of a connection and split
 * over segments.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawClient } from '../http/raw-client.ts';
import { startShell } from '../http/shell.ts';
import { until } from '../support/until.ts';

const head = (line: string, headers = '') => `${line}\r\nHost: a\r\n${headers}\r\n`;
const smuggled = head('GET /smuggled HTTP/1.1');
const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';

/** Sends each piece in a separate segment. */
async function send(t: TestContext, pieces: readonly string[], settings = {}) {
  const shell = await startShell(t, { settings });
  const client = await RawClient.open(shell.port);
  t.after(() => client.socket.destroy());
  client.socket.setNoDelay(true);
  for (const piece of pieces) {
    client.send(piece);
    await sleep(20);
  }
  return { shell, client };
}

const posted = (headers: string, body: string) =>
  head('POST /first HTTP/1.1', `${headers}Content-Length: ${body.length}\r\n`) + body;

for (const [what, pieces] of Object.entries({
  'a body in the same segment': [posted(offer, smuggled)],
  'a body in a segment of its own': [
    head('POST /first HTTP/1.1', `${offer}Content-Length: ${smuggled.length}\r\n`),
    smuggled,
  ],
  'a split inside the name of the header': [
    posted(offer, smuggled).slice(0, 70),
    posted(offer, smuggled).slice(70),
  ],
  'a split inside the value of the header': [
    posted(offer, smuggled).slice(0, 77),
    posted(offer, smuggled).slice(77),
  ],
  'a body in chunks': [
    `${head('POST /first HTTP/1.1', `${offer}Transfer-Encoding: chunked\r\n`)}${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
  ],
  'two offers': [posted(`${offer}Upgrade: h2c\r\n`, smuggled)],
})) {
  test(`does not execute the body of a POST that offers h2c: ${what}`, async (t) => {
    const { shell, client } = await send(t, [...pieces, head('GET /next HTTP/1.1')]);
    await until(() => client.statuses.length === 2);
    assert.deepEqual(shell.handled, ['POST /first', 'GET /next']);
    assert.deepEqual(client.statuses, [200, 200]);
    assert.deepEqual(shell.bodies, [smuggled.length, 0]);
  });
}

for (const first of [head('GET /first HTTP/1.1', offer), posted(offer, 'x')]) {
  const method = first.slice(0, 4).trim();
  test(`serves a POST behind a ${method} that offers h2c, and does not execute its body`, async (t) => {
    const post = head('POST /second HTTP/1.1', `Content-Length: ${smuggled.length}\r\n`);
    const { shell, client } = await send(t, [first + post, smuggled, head('GET /next HTTP/1.1')]);
    await until(() => client.statuses.length === 3);
    assert.deepEqual(shell.handled, [`${method} /first`, 'POST /second', 'GET /next']);
  });
}

test('serves a request behind a GET that offers h2c', async (t) => {
  const { shell, client } = await send(t, [head('GET /first HTTP/1.1', offer) + head('GET /next HTTP/1.1')]);
  await until(() => client.statuses.length === 2);
  assert.deepEqual(shell.handled, ['GET /first', 'GET /next']);
});

for (const line of ['GET  /healthz HTTP/1.1', 'GET /healthz RTSP/1.0', 'GET /healthz  HTTP/1.1']) {
  for (const [what, pieces] of Object.entries({
    'as the second request of a connection': [head('GET /first HTTP/1.1'), head(line)],
    'behind another one in one segment': [head('GET /first HTTP/1.1') + head(line)],
    'in two segments': [head('GET /first HTTP/1.1'), head(line).slice(0, 5), head(line).slice(5)],
  })) {
    test(`the request line "${line}" is refused ${what}`, async (t) => {
      const { shell, client } = await send(t, pieces);
      await client.untilEnded();
      assert.deepEqual(shell.handled, ['GET /first']);
      assert.deepEqual(client.statuses, [200, 400]);
    });
  }
}

const chunked = head('POST / HTTP/1.1', 'Transfer-Encoding: chunked\r\n');

test('a chunk larger than the body limit gets 413 before it arrives', async (t) => {
  for (const pieces of [[`${chunked}401\r\n`], [chunked, '401\r\n'], [chunked, '1\r\nx\r\n', '400\r\n']]) {
    const { client } = await send(t, pieces, { body_bytes_max: 1024 });
    await client.untilReceived('HTTP/1.1 413 ');
    await client.untilEnded();
    assert.deepEqual(client.statuses, [413]);
  }
});

test('bounds the total size of chunk extensions', async (t) => {
  const extended = `1;${'e'.repeat(10_000)}\r\nx\r\n`;
  const { client } = await send(t, [chunked, ...Array.from({ length: 4 }, () => extended)]);
  await client.untilEnded();
  assert.deepEqual(client.statuses, [413]);
});

test('empty lines do not keep an idle connection open', async (t) => {
  const { client } = await send(t, [head('GET / HTTP/1.1')], { keep_alive_ms: 500 });
  await client.untilReceived('HTTP/1.1 200 ');
  // More often than Node's own timer needs to notice a silent client.
  await until(() => {
    if (!client.ended) client.send('\r\n');
    return client.ended;
  }, 100);
});
