/** TLS on the listener of a real gateway: versions, certificate changes, and aborted responses. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type ConnectionOptions,
  connect as connectTls,
  getCACertificates,
  setDefaultCACertificates,
  type TLSSocket,
} from 'node:tls';
import { halley } from '../cli/halley.ts';
import { chat, streamed } from '../relay/chat.ts';
import { bytesTakenWhenPaused, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import {
  secondCertificate,
  secondCertificateKey,
  testCertificate,
  testCertificateKey,
} from '../support/test-certificate.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

const dir = mkdtempSync(join(tmpdir(), 'halley-tls-'));
const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
let gateway: Gateway;
let upstream: FakeUpstream;

function write(cert: string, key: string): void {
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
}

before(async () => {
  setDefaultCACertificates([...getCACertificates('default'), testCertificate, secondCertificate]);
  write(testCertificate, testCertificateKey);
  upstream = await startFakeUpstream();
  gateway = await startGateway({
    env: { HALLEY_TLS_CERT_PATH: files.cert, HALLEY_TLS_KEY_PATH: files.key },
  });
  await gateway.createChannel(upstream.origin);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
  rmSync(dir, { recursive: true });
});

const port = () => Number(new URL(gateway.url).port);

/** @returns the connection after the handshake */
async function open(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port: port(), host: '127.0.0.1', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function ask(socket: TLSSocket, text: string): Promise<string> {
  let answer = '';
  const take = (chunk: Buffer) => {
    answer += chunk;
  };
  socket.on('data', take);
  socket.write(text);
  await until(() => answer.includes('\r\n\r\n'));
  socket.off('data', take);
  return answer;
}

const healthz = 'GET /healthz HTTP/1.1\r\nhost: gateway\r\n\r\n';

test('serves only HTTP/1.1, by TLS 1.2 and newer', async () => {
  const both = await open({ ALPNProtocols: ['h2', 'http/1.1'] });
  assert.equal(both.alpnProtocol, 'http/1.1');
  both.destroy();
  await assert.rejects(open({ ALPNProtocols: ['h2'] }));
  const old = await open({ maxVersion: 'TLSv1.2' });
  assert.equal(old.getProtocol(), 'TLSv1.2');
  old.destroy();
  const tooOld = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await assert.rejects(open(tooOld), /protocol version|unsupported protocol|handshake failure/i);
  const plain = connect(port(), '127.0.0.1');
  plain.on('error', () => undefined).resume();
  plain.write(healthz);
  await once(plain, 'close');
  assert.equal((await gateway.call('GET', '/healthz')).status, 200);
});

test('refuses ambiguous requests over TLS as well', async () => {
  const socket = await open();
  const answer = await ask(
    socket,
    'POST /healthz HTTP/1.1\r\nhost: gateway\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx',
  );
  assert.match(answer, /^HTTP\/1\.1 400 /);
  socket.destroy();
});

test('aborts a stream over TLS before DELETE responds, with the error of its protocol', async () => {
  const key = await gateway.createKey();
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const stream = chat(gateway.url, key.value, { body: streamed });
  await stream.sees('hello');
  assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
  assert.equal(upstream.requests.at(-1)?.state, 'aborted');
  assert.equal(await stream.end(), 'whole');
  assert.match(stream.text(), /key_revoked[^\n]*\}\}\n\n$/);
});

/** Bytes after which a relay reads no more from the gateway until it is resumed. */
const relayedMax = 100_000;

/** Forwards bytes between a client and the gateway. */
async function startRelay() {
  let up: Socket | undefined;
  let bytes = 0;
  let error = '';
  let isReadingOn = false;
  const server = createServer((client) => {
    up = connect(port(), '127.0.0.1');
    client.on('error', () => undefined).on('data', (chunk: Buffer) => up?.write(chunk));
    up.on('error', (thrown: NodeJS.ErrnoException) => {
      error = thrown.code ?? '';
    });
    up.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      client.write(chunk);
      if (bytes > relayedMax && !isReadingOn) up?.pause();
    });
    up.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  return {
    url: `https://127.0.0.1:${address.port}`,
    /** Returns how many bytes this machine's kernel holds for the relay, when the number no longer grows. */
    async backlog(): Promise<number> {
      let last = -1;
      await until(() => {
        const now = received(up);
        const isStill = now > 0 && now === last;
        last = now;
        return isStill;
      }, 100);
      return last;
    },
    /**
     * Reads to the end.
     * @returns the number of bytes, and how the connection ended
     */
    async readOn() {
      // Includes what Node has read from the kernel and not emitted yet.
      const before = up?.bytesRead ?? 0;
      isReadingOn = true;
      up?.resume();
      await until(() => up?.closed === true);
      return { bytes: (up?.bytesRead ?? 0) - before, error };
    },
    close() {
      server.close();
      up?.destroy();
    },
  };
}

function received(socket: Socket | undefined): number {
  const ends = [socket?.localPort, socket?.remotePort].map(
    (each = 0) => `:${each.toString(16).toUpperCase().padStart(4, '0')}`,
  );
  const row = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((cells) => ends.every((end, index) => cells[index + 1]?.endsWith(end)));
  return Number.parseInt(row?.[4]?.split(':')[1] ?? '0', 16);
}

test('after DELETE has responded, a client of a stream over TLS receives nothing more', {
  skip: process.platform !== 'linux' && 'only Linux tells what a client has not taken',
}, async (t) => {
  const key = await gateway.createKey();
  upstream.on('/v1', upstreams.hugeBody(200_000_000, undefined, upstreams.chatChunk('hello')));
  const relay = await startRelay();
  t.after(() => relay.close());
  const stream = chat(relay.url, key.value, { body: streamed });
  await stream.sees('hello');
  await bytesTakenWhenPaused(upstream);
  const held = await relay.backlog();
  assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
  const { bytes, error } = await relay.readOn();
  assert.ok(bytes <= held, `${bytes} came, ${held} were there`);
  assert.equal(error, 'ECONNRESET');
});

test('loads a new certificate without closing connections, and refuses a pair that does not match', async () => {
  const kept = await open();
  const isSecond = async () => {
    const socket = await open();
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN === 'second.example';
  };
  assert.equal(await isSecond(), false);
  writeFileSync(files.cert, secondCertificate);
  gateway.process.kill('SIGHUP');
  await until(() => gateway.logLines().some(({ message }) => /cannot be reloaded/.test(String(message))));
  assert.equal(await isSecond(), false);
  // The gateway reloads it without a signal.
  writeFileSync(files.key, secondCertificateKey);
  await until(isSecond, 200);
  assert.match(await ask(kept, healthz), /^HTTP\/1\.1 200 /);
  kept.destroy();
});

test('metrics and doctor say when the certificate expires', async () => {
  const { text } = await gateway.call('GET', '/metrics');
  const notAfter = Number(/^halley_tls_certificate_not_after_seconds (\d+)$/m.exec(text)?.[1]);
  assert.ok(notAfter > 4_000_000_000);
  assert.equal(dataOf(await gateway.call('GET', '/api/doctor')).tls_not_after, notAfter);
});

test('a start with unusable files names the file and the fix', async () => {
  const other = join(dir, 'other.pem');
  const start = async (cert: string, key: string) => {
    const flags = ['--tls.cert-path', cert, '--tls.key-path', key, '--data-dir', join(dir, 'data')];
    const { code, stderr } = await halley(['serve', '--listen', '127.0.0.1:0', ...flags]);
    assert.equal(code, 78);
    return stderr;
  };
  assert.match(await start(join(dir, 'none.pem'), files.key), /tls\.cert_path: \S+none\.pem does not exist/);
  writeFileSync(other, 'no PEM');
  assert.match(await start(other, files.key), /tls\.cert_path: \S+other\.pem is not a certificate in PEM/);
  assert.match(await start(files.cert, other), /tls\.key_path: \S+other\.pem is not a private key in PEM/);
  writeFileSync(other, testCertificateKey);
  assert.match(
    await start(files.cert, other),
    /tls\.key_path: \S+other\.pem is not the key of the certificate/,
  );
});
