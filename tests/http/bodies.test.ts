/** Reading bodies: limits, 100 Continue, encodings, cancellation and disconnecting clients. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyCancel } from '../../src/http/body.ts';
import { sendJson } from '../../src/http/send.ts';
import { HalleyError } from '../../src/platform/errors.ts';
import { until } from '../support/until.ts';
import { exchangeBytes, RawClient } from './raw-client.ts';
import { startShell } from './shell.ts';

const post = (headers: string, body = '') => `POST / HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

test('reads a complete body from any pieces', async (t) => {
  const shell = await startShell(t);
  for (const pieces of [
    [post('Content-Length: 6', 'abcdef')],
    [post('Content-Length: 6', 'abc'), 'def'],
    [post('Content-Length: 6'), 'abc', 'def'],
    [post('Transfer-Encoding: chunked', `${chunk('abc')}${chunk('def')}0\r\n\r\n`)],
    [post('Transfer-Encoding: chunked', chunk('abc')), chunk('def'), '0\r\n\r\n'],
  ]) {
    const client = await RawClient.open(shell.port);
    client.socket.setNoDelay(true);
    const before = shell.handled.length;
    for (const [index, piece] of pieces.entries()) {
      client.send(piece);
      if (index < pieces.length - 1) await until(() => shell.handled.length > before);
    }
    await client.untilReceived('"body":"abcdef"');
    client.socket.destroy();
  }
  assert.deepEqual(shell.bodies, [6, 6, 6, 6, 6]);
});

test('reads a body of several megabytes completely', async (t) => {
  const shell = await startShell(t);
  const client = await RawClient.open(shell.port);
  client.send(post('Content-Length: 5000000'));
  client.send(Buffer.alloc(5_000_000, 'x'));
  await client.untilReceived('}');
  client.socket.destroy();
  assert.deepEqual(shell.bodies, [5_000_000]);
});

test('reads an empty body from a request without one', async (t) => {
  const shell = await startShell(t);
  for (const headers of ['X: y', 'Content-Length: 0']) {
    const client = await RawClient.open(shell.port);
    client.send(post(headers));
    await client.untilReceived('"body":""');
    client.socket.destroy();
  }
});

test('a body declared too long gets 413 before any of it arrives', async (t) => {
  const shell = await startShell(t, { settings: { body_bytes_max: 1024 } });
  for (const length of ['1025', '1000000000', '18446744073709551615']) {
    const client = await RawClient.open(shell.port);
    client.send(post(`Content-Length: ${length}`));
    await client.untilReceived('body_too_large');
    client.socket.destroy();
    assert.deepEqual(client.statuses, [413]);
  }
});

test('a chunked body gets 413 and is closed as soon as it is too long', async (t) => {
  const shell = await startShell(t, { settings: { body_bytes_max: 100_000 } });
  const inOnePiece = await exchangeBytes(
    shell.port,
    post('Transfer-Encoding: chunked\r\nConnection: close', `${chunk('x'.repeat(100_001))}0\r\n\r\n`),
  );
  assert.deepEqual(inOnePiece.statuses, [413]);
  const endless = await RawClient.open(shell.port);
  endless.send(post('Transfer-Encoding: chunked'));
  const sending = setInterval(() => endless.send(chunk('x'.repeat(10_000))), 1);
  await endless.untilEnded();
  clearInterval(sending);
  assert.deepEqual(endless.statuses, [413]);
  assert.match(endless.received, /connection: close/i);
  assert.equal(endless.error, undefined);
});

test('does not read a refused body of a gigabyte completely', async (t) => {
  const shell = await startShell(t, { settings: { body_bytes_max: 100_000 } });
  const client = await RawClient.open(shell.port);
  client.send(post('Content-Length: 1000000000'));
  const megabyte = Buffer.alloc(1_048_576, 'x');
  let sent = 0;
  const send = (error?: Error | null) => {
    if (error) return;
    sent += 1;
    client.socket.write(megabyte, send);
  };
  send();
  await until(() => client.error !== undefined);
  assert.deepEqual(client.statuses, [413]);
  // The server discards 64 MiB so that the client can read the response; the rest is in kernel buffers.
  assert.ok(sent < 200, `${sent} MiB were sent`);
});

test('compressed bodies get 415, and the encoding identity is accepted', async (t) => {
  const shell = await startShell(t);
  for (const [encoding, status] of [
    ['gzip', 415],
    ['identity, br', 415],
    ['Identity', 200],
  ] as const) {
    const client = await exchangeBytes(
      shell.port,
      post(`Content-Encoding: ${encoding}\r\nContent-Length: 1\r\nConnection: close`, 'x'),
    );
    assert.deepEqual(client.statuses, [status], encoding);
  }
});

test('sends 100 Continue when the handler reads the body, then the response', async (t) => {
  const shell = await startShell(t);
  const client = await RawClient.open(shell.port);
  client.send(post('Expect: 100-continue\r\nContent-Length: 5'));
  await client.untilReceived('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('hello');
  await client.untilReceived('"body":"hello"');
  client.send(post('Content-Length: 2', 'ok'));
  await client.untilReceived('"body":"ok"');
  client.socket.destroy();
});

test('a refused request never gets 100 Continue', async (t) => {
  const shell = await startShell(t, { handle: (exchange) => sendJson(exchange, 401, '{"refused":true}') });
  const client = await RawClient.open(shell.port);
  client.send(post('Expect: 100-continue\r\nContent-Length: 5'));
  await client.untilEnded();
  assert.ok(client.received.startsWith('HTTP/1.1 401 '), client.received);
  assert.match(client.received, /connection: close/i);
});

test('HTTP/1.0 gets no 100 Continue', async (t) => {
  const shell = await startShell(t);
  const client = await RawClient.open(shell.port);
  client.send('POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
  await until(() => shell.handled.length === 1);
  client.send('hello');
  assert.ok((await client.untilEnded()).startsWith('HTTP/1.1 200 '));
});

test('a client that disconnects while its body arrives ends the read with ClientGone', async (t) => {
  const shell = await startShell(t);
  for (const leave of ['destroy', 'resetAndDestroy'] as const) {
    const client = await RawClient.open(shell.port);
    client.send(post('Content-Length: 100000', 'x'));
    const before = shell.bodies.length;
    await until(() => shell.handled.length > before);
    client.socket[leave]();
    await until(() => shell.bodies.length > before);
  }
  assert.deepEqual(shell.bodies, ['ClientGone', 'ClientGone']);
  await until(() => shell.server.activeRequests === 0);
});

test('a cancelled read ends at once with its error, and the client reads the response while it still sends', async (t) => {
  const cancel = new BodyCancel();
  const shell = await startShell(t, { body: { cancel } });
  const client = await RawClient.open(shell.port);
  client.send(post('Content-Length: 50000000'));
  const sending = setInterval(() => client.send('x'.repeat(10_000)), 1);
  await until(() => shell.handled.length === 1);
  cancel.cancel(new HalleyError('key_revoked'));
  cancel.cancel(new HalleyError('internal_error'));
  await client.untilEnded();
  clearInterval(sending);
  assert.deepEqual(client.statuses, [401]);
  assert.deepEqual(shell.bodies, ['key_revoked']);
  assert.equal(client.error, undefined);
});

test('a read cancelled before it began does not begin', async (t) => {
  const cancel = new BodyCancel();
  cancel.cancel(new HalleyError('key_revoked'));
  const shell = await startShell(t, { body: { cancel } });
  const client = await exchangeBytes(shell.port, post('Content-Length: 1\r\nConnection: close', 'x'));
  assert.deepEqual(client.statuses, [401]);
});

test('a short body that was cancelled half-way leaves the connection usable', async (t) => {
  const cancel = new BodyCancel();
  const shell = await startShell(t, { body: { cancel } });
  const client = await RawClient.open(shell.port);
  client.send(post('Content-Length: 10', 'abc'));
  await until(() => shell.handled.length === 1);
  cancel.cancel(new HalleyError('key_revoked'));
  await client.untilReceived('key_revoked');
  client.send(`defghij${post('Content-Length: 1', 'x')}`);
  await until(() => client.statuses.length === 2);
  client.socket.destroy();
});
