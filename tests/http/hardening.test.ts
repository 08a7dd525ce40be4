/** Ambiguous and malformed requests over raw sockets: refused, the connection closed, later requests ignored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchangeBytes, RawClient } from './raw-client.ts';
import { startShell } from './shell.ts';

const host = 'Host: a\r\n';
const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;

const get = (headers: string) => `GET / HTTP/1.1\r\n${headers}\r\n`;
const post = (headers: string, body = '') => `POST / HTTP/1.1\r\n${host}${headers}\r\n${body}`;
const line = (requestLine: string) => `${requestLine}\r\n${host}\r\n`;

const refused: Record<string, string> = {
  'length and chunks': post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'chunks and length': post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  'two equal lengths': post('Content-Length: 1\r\nContent-Length: 1\r\n', 'x'),
  'two different lengths': post('Content-Length: 1\r\nContent-Length: 2\r\n', 'xx'),
  'a list of lengths': post('Content-Length: 1, 1\r\n', 'x'),
  'a signed length': post('Content-Length: +1\r\n', 'x'),
  'a hexadecimal length': post('Content-Length: 0x1\r\n', 'x'),
  'an empty length': post('Content-Length:\r\n'),
  'a length beyond 64 bits': post('Content-Length: 99999999999999999999\r\n', 'x'),
  'bare LF after the request line': `GET / HTTP/1.1\n${host}\r\n`,
  'bare LF after a header': 'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n',
  'bare LF for the empty line': `GET / HTTP/1.1\r\n${host}\n`,
  'bare LF before the request line': `\n${get(host)}`,
  'bare CR in a header': get('Host: a\rX: b\r\n'),
  'a folded header': get(`${host}X: b\r\n c\r\n`),
  'a header folded with a tab': get(`${host}X: b\r\n\tc\r\n`),
  'a space before the first header': get(' Host: a\r\n'),
  'a space before the colon': get('Host : a\r\n'),
  'a space before the colon of Transfer-Encoding': post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
  'a header without colon': get(`${host}Foo\r\n`),
  'a header without name': get(`${host}: x\r\n`),
  'NUL in a header': get(`${host}X: a\0b\r\n`),
  'NUL in a header name': get(`${host}X\0: a\r\n`),
  'NUL in the target': line('GET /\0 HTTP/1.1'),
  'a control character in a header': get(`${host}X: a\x01b\r\n`),
  'no Host': get(''),
  'two equal Hosts': get(host + host),
  'two different Hosts': get(`${host}host: b\r\n`),
  'an empty Host': get('Host:\r\n'),
  'a space in Host': get('Host: a b\r\n'),
  'user information in Host': get('Host: u@a\r\n'),
  'a path in Host': get('Host: a/b\r\n'),
  'a list in Host': get('Host: a, b:1:2\r\n'),
  'a port beyond 65535 in Host': get('Host: a:65536\r\n'),
  'non-ASCII in Host': get('Host: \xe9\r\n'),
  'an open bracket in Host': get('Host: [::1\r\n'),
  'HTTP/0.9': line('GET / HTTP/0.9'),
  'HTTP/0.9 without version': line('GET /'),
  'HTTP/1.2': line('GET / HTTP/1.2'),
  'HTTP/2.0': line('GET / HTTP/2.0'),
  'the HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a version in lower case': line('GET / http/1.1'),
  'RTSP/1.0': line('OPTIONS / RTSP/1.0'),
  'ICE/1.0': line('SOURCE / ICE/1.0'),
  'two spaces after the method': line('GET  / HTTP/1.1'),
  'two spaces before the version': line('GET /  HTTP/1.1'),
  'tabs in the request line': line('GET\t/\tHTTP/1.1'),
  'a space after the version': line('GET / HTTP/1.1 '),
  'a space in the target': line('GET /a b HTTP/1.1'),
  'a space before the request line': ` ${get(host)}`,
  'no target': line('GET HTTP/1.1'),
  'a target without slash': line('GET abc HTTP/1.1'),
  'a fragment in the target': line('GET /#a HTTP/1.1'),
  'a control character in the target': line('GET /\x01 HTTP/1.1'),
  'non-ASCII in the target': line('GET /\xe9 HTTP/1.1'),
  'a star with GET': line('GET * HTTP/1.1'),
  'another host in the target': line('GET http://b/ HTTP/1.1'),
  'user information in the target': line('GET http://u@a/ HTTP/1.1'),
  'another scheme in the target': line('GET ftp://a/ HTTP/1.1'),
  'an unknown method': line('FOO / HTTP/1.1'),
  'a method in lower case': line('get / HTTP/1.1'),
  CONNECT: line('CONNECT a:443 HTTP/1.1'),
  'chunks in HTTP/1.0': 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'two encodings': post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
  'the encoding identity': post('Transfer-Encoding: identity\r\n'),
  'an unknown encoding': post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
  'two Transfer-Encoding headers': post(
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
    '0\r\n\r\n',
  ),
  'two different Authorization headers': get(`${host}Authorization: Bearer a\r\nauthorization: Bearer b\r\n`),
  'two different x-api-key headers': get(`${host}x-api-key: a\r\nX-Api-Key: b\r\n`),
  'two different x-goog-api-key headers': get(`${host}x-goog-api-key: a\r\nx-goog-api-key: b\r\n`),
  'an unknown expectation': post('Expect: a-miracle\r\nContent-Length: 1\r\n'),
  'a TLS handshake': '\x16\x03\x01\x02\x00\x01\x00',
};

test('an upgrade that is not offered gets 426, the protocol to use, and a closed connection', async (t) => {
  const shell = await startShell(t);
  const offer = get(`${host}Connection: upgrade\r\nUpgrade: websocket\r\n`);
  const client = await exchangeBytes(shell.port, offer + smuggled);
  assert.deepEqual(client.statuses, [426], client.received);
  assert.deepEqual(shell.handled, []);
  assert.match(client.received, /\r\nupgrade: HTTP\/1\.1\r\n/i);
  assert.match(client.received, /\r\nconnection: close\r\n/i);
  assert.match(client.received, /"code":"upgrade_not_offered"/);
});

test('each ambiguous or malformed request gets one 400, a closed connection, and nothing after it is executed', async (t) => {
  const shell = await startShell(t);
  for (const [name, bytes] of Object.entries(refused)) {
    await t.test(name, async () => {
      const client = await exchangeBytes(shell.port, bytes + smuggled);
      assert.deepEqual(client.statuses, [400], client.received);
      assert.deepEqual(shell.handled, []);
      assert.match(client.received, /\r\nconnection: close\r\n/i);
      const id = /\r\nx-request-id: ([a-z0-9]{25})\r\n/.exec(client.received)?.[1];
      assert.ok(id, client.received);
      const body = JSON.parse(client.received.slice(client.received.indexOf('{')));
      assert.equal(body.error.code, 'malformed_request');
      assert.ok(body.error.message.endsWith(`(request id: ${id})`));
      assert.equal(client.error, undefined);
    });
  }
});

const brokenBodies: Record<string, string> = {
  'a chunk size that is no number': 'zz\r\n\r\n',
  'a chunk size with 0x': '0x1\r\nx\r\n0\r\n\r\n',
  'a chunk size beyond 64 bits': 'fffffffffffffffff\r\nx\r\n0\r\n\r\n',
  'a space after the chunk size': '1 \r\nx\r\n0\r\n\r\n',
  'bare LF after the chunk size': '1\nx\r\n0\r\n\r\n',
  'bare LF after chunk data': '1\r\nx\n0\r\n\r\n',
  'more data than the chunk size says': '1\r\nxy\r\n0\r\n\r\n',
  'bare LF in a chunk extension': '1;a\nb\r\nx\r\n0\r\n\r\n',
  'a length in the trailers': '0\r\nContent-Length: 4\r\n\r\n',
};

test('a body with broken chunks gets one 400, a closed connection, and nothing after it is executed', async (t) => {
  const shell = await startShell(t);
  for (const [name, chunks] of Object.entries(brokenBodies)) {
    await t.test(name, async () => {
      shell.handled.length = 0;
      const client = await exchangeBytes(
        shell.port,
        post('Transfer-Encoding: chunked\r\n', chunks) + smuggled,
      );
      assert.deepEqual(client.statuses, [400], client.received);
      assert.match(client.received, /\r\nx-request-id: /);
      // The request had begun before its body broke. The one behind it must not begin.
      assert.deepEqual(shell.handled, ['POST /']);
    });
  }
});

test('TRACE gets 405 with Allow, and its headers are not echoed', async (t) => {
  const shell = await startShell(t);
  const client = await exchangeBytes(shell.port, `TRACE / HTTP/1.1\r\n${host}Cookie: crumbs\r\n\r\n`);
  assert.deepEqual(client.statuses, [405]);
  assert.match(client.received, /\r\nallow: /);
  assert.ok(!client.received.includes('crumbs'));
  assert.deepEqual(shell.handled, []);
});

test('a header block beyond the limit gets 431, for any length', async (t) => {
  const shell = await startShell(t);
  for (const bytes of [20_000, 1_000_000]) {
    const client = await exchangeBytes(shell.port, get(`${host}X: ${'a'.repeat(bytes)}\r\n`));
    assert.deepEqual(client.statuses, [431], client.received);
    assert.match(client.received, /headers_too_large/);
  }
  assert.deepEqual(shell.handled, []);
});

test('finds a second Host after thousands of short headers', async (t) => {
  const shell = await startShell(t);
  const client = await exchangeBytes(shell.port, get(`${host}${'a:\r\n'.repeat(3000)}${host}`));
  assert.deepEqual(client.statuses, [400], client.received);
});

test('requests pipelined before a refused one still get their responses', async (t) => {
  const shell = await startShell(t);
  for (const bad of [get(host + host), get(`${host}X: a\0b\r\n`), line('FOO / HTTP/1.1')]) {
    shell.handled.length = 0;
    const client = await exchangeBytes(shell.port, line('GET /first HTTP/1.1') + bad + smuggled);
    assert.deepEqual(client.statuses, [200, 400], client.received);
    assert.deepEqual(shell.handled, ['GET /first']);
  }
});

const accepted: Record<string, readonly [bytes: string, path: string, query: string]> = {
  'a plain request': [get(host), '/', ''],
  'an empty line before the request': [`\r\n${get(host)}`, '/', ''],
  'a Host with port': [get('Host: a.example_b:8080\r\n'), '/', ''],
  'an IPv6 Host': [get('Host: [::1]:80\r\n'), '/', ''],
  'HTTP/1.0 without Host': ['GET /old HTTP/1.0\r\n\r\n', '/old', ''],
  'its own host in the target': [line('GET http://A/x?y=1 HTTP/1.1'), '/x', 'y=1'],
  'its own host alone in the target': [line('GET http://a?y HTTP/1.1'), '/', 'y'],
  'the star of OPTIONS': [line('OPTIONS * HTTP/1.1'), '*', ''],
  'a target that is not decoded': [
    line('GET /v1beta/models/a%2Fb:x?k=%20?z HTTP/1.1'),
    '/v1beta/models/a%2Fb:x',
    'k=%20?z',
  ],
  'two slashes': [line('GET //b/x HTTP/1.1'), '//b/x', ''],
  'the same Authorization twice': [get(`${host}Authorization: a\r\nAuthorization: a\r\n`), '/', ''],
  "Java's offer of h2c": [get(`${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n`), '/', ''],
  'chunks in capitals with an extension': [
    post('Transfer-Encoding: CHUNKED\r\n', '1;a=b\r\nx\r\n0\r\n\r\n'),
    '/',
    '',
  ],
};

test('serves well-formed requests with unchanged path and query', async (t) => {
  const shell = await startShell(t);
  for (const [name, [bytes, path, query]] of Object.entries(accepted)) {
    await t.test(name, async () => {
      const client = await RawClient.open(shell.port);
      client.send(bytes);
      await client.untilReceived('}');
      client.socket.destroy();
      assert.deepEqual(client.statuses, [200], client.received);
      const seen = JSON.parse(client.received.slice(client.received.indexOf('{')));
      assert.deepEqual([seen.path, seen.query], [path, query]);
      assert.equal(/\r\nx-request-id: (\S+)\r\n/.exec(client.received)?.[1], seen.id);
    });
  }
});

test('serves a request whose head arrives byte by byte', async (t) => {
  const shell = await startShell(t);
  const client = await RawClient.open(shell.port);
  client.socket.setNoDelay(true);
  for (const byte of line('GET /slow HTTP/1.1')) {
    client.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.untilReceived('}');
  client.socket.destroy();
  assert.deepEqual(client.statuses, [200]);
});
