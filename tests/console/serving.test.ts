/** The console as a browser's requests see it: over the real HTTP shell, with pages as a build leaves them. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { createConsole } from '../../src/console/console.ts';
import { sendJson } from '../../src/http/send.ts';
import { limits } from '../../src/platform/limits.ts';
import { startShell } from '../http/shell.ts';
import { nonEmpty } from '../support/non-empty.ts';

const shell = '<!doctype html><title>Halley</title>';
const script = 'console.log("page");';
const asset = 'assets/main-B1fW_x-2.js';

const built: Readonly<Record<string, string | Uint8Array>> = {
  'index.html': shell,
  'index.html.br': brotliCompressSync(shell),
  'index.html.gz': gzipSync(shell),
  [asset]: script,
  [`${asset}.br`]: brotliCompressSync(script),
  [`${asset}.gz`]: gzipSync(script),
  'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  '.vite/manifest.json': '{}',
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What the console says in its log, and a way to ask it; a request that is not the console's gets the JSON `"api"`. */
async function startConsole(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
  enabled = true,
) {
  const directory = await mkdtemp(join(tmpdir(), 'halley-pages-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  const handle = createConsole({ enabled, directory, log });
  const { port } = await startShell(t, {
    handle: (exchange) => handle(exchange) || sendJson(exchange, 404, '"api"'),
  });
  // Not fetch: it decodes, and normalizes paths.
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
        const body = Buffer.concat(await response.toArray());
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
      sent.on('error', reject).end();
    });
  return { ask, warnings };
}

const isApi = ({ body }: Answer) => body.toString() === '"api"';

test('a page is the shell at every path of the console that names no file', async (t) => {
  const { ask } = await startConsole(t, built);
  for (const path of [
    '/console',
    '/console/',
    '/console/token',
    '/console/token/5?p=2',
    '/console/.vite/manifest.json',
    '/console/%00/..',
  ]) {
    const { status, headers, body } = await ask(path);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(body.toString(), shell);
  }
});

test('a page may load from its own origin only, run nothing inline, and be framed by nobody', async (t) => {
  const { ask } = await startConsole(t, built);
  const { headers } = await ask('/console/log');
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
  const closed = ["base-uri 'none'", "frame-ancestors 'none'", "worker-src 'none'"];
  for (const directive of nonEmpty(["form-action 'self'", ...closed]))
    assert.ok(policy.split('; ').includes(directive), directive);
  assert.doesNotMatch(policy, /unsafe|sandbox|https?:/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'same-origin');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.ok(policy.split('; ').includes("media-src 'self' blob:"));
  assert.ok(
    policy.split('; ').includes("img-src 'self' data: blob:"),
    'pictures of the page itself, and no others',
  );
  assert.match(String(headers['permissions-policy']), /camera=\(\).*microphone=\(self\)/);
});

test('a hashed file is cached for good, the shell is asked for again, and an unknown file is not the shell', async (t) => {
  const { ask } = await startConsole(t, built);
  const found = await ask(`/console/${asset}`);
  assert.equal(found.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(found.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(found.body.toString(), script);
  assert.equal((await ask('/console')).headers['cache-control'], 'no-cache');
  assert.equal((await ask('/console/favicon.svg')).headers['cache-control'], 'no-cache');
  for (const path of ['/console/assets/main-00000000.js', '/console/assets/', `/console/${asset}.br`]) {
    const missing = await ask(path);
    assert.equal(missing.status, 404, path);
    assert.equal(missing.headers['cache-control'], 'no-store');
    assert.match(missing.body.toString(), /reload the page/);
  }
});

test('each coding is what the build made, named in the response and told apart by caches', async (t) => {
  const { ask } = await startConsole(t, built);
  const plain = await ask('/console');
  const brotli = await ask('/console', { 'accept-encoding': 'gzip, deflate, br, zstd' });
  const gzip = await ask('/console', { 'accept-encoding': 'gzip' });
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(brotli.headers['content-encoding'], 'br');
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.equal(brotliDecompressSync(brotli.body).toString(), shell);
  assert.equal(gunzipSync(gzip.body).toString(), shell);
  const answers = [plain, brotli, gzip];
  assert.equal(new Set(answers.map(({ headers }) => headers.etag)).size, 3);
  for (const { headers, body } of answers) {
    assert.equal(headers.vary, 'Accept-Encoding');
    assert.equal(headers['content-length'], String(body.length));
  }
});

test('a browser that has the file gets 304, with the headers that it stores', async (t) => {
  const { ask } = await startConsole(t, built);
  const { headers } = await ask('/console');
  const etag = String(headers.etag);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const answer = await ask('/console', { 'if-none-match': known });
    assert.equal(answer.status, 304, known);
    assert.equal(answer.body.length, 0);
    assert.equal(answer.headers.etag, etag);
    assert.equal(answer.headers.vary, 'Accept-Encoding');
    assert.equal(answer.headers['cache-control'], 'no-cache');
  }
  const other = await ask('/console', { 'if-none-match': etag, 'accept-encoding': 'br' });
  assert.equal(other.status, 200, 'the bytes of another coding are others');
});

test('HEAD has the headers of GET, and other methods get 405', async (t) => {
  const { ask } = await startConsole(t, built);
  const [get, head] = [await ask('/console'), await ask('/console', {}, 'HEAD')];
  assert.equal(head.body.length, 0);
  assert.equal(head.headers['content-length'], get.headers['content-length']);
  assert.equal(head.headers.etag, get.headers.etag);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const refused = await ask('/console', {}, method);
    assert.equal(refused.status, 405, method);
    assert.equal(refused.headers.allow, 'GET, HEAD');
  }
});

test('/ sends browsers to the console and nobody else', async (t) => {
  const { ask } = await startConsole(t, built);
  const browser = await ask('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  assert.equal(browser.status, 302);
  assert.equal(browser.headers.location, '/console');
  assert.ok(isApi(await ask('/', { accept: 'application/json' })));
  assert.ok(isApi(await ask('/')));
});

test('what only looks like the console is not answered with a page', async (t) => {
  const { ask } = await startConsole(t, built);
  const accept = 'text/html';
  for (const path of [
    '/consoles',
    '/Console',
    '/api/console',
    '/v1/models',
    '//console',
    '/.vite/manifest.json',
  ])
    assert.ok(isApi(await ask(path, { accept })), path);
});

test('a gateway without pages says on /console what is missing and how to get it', async (t) => {
  const { ask, warnings } = await startConsole(t, {});
  const { status, headers, body } = await ask('/console/token');
  assert.equal(status, 404);
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.match(body.toString(), /not built.*npm run prepare/s);
  assert.match(warnings.join(), /npm run prepare/);
  assert.ok(isApi(await ask('/api/status')));
});

test('more bytes than a build makes are not read into memory', async (t) => {
  const tooLarge = { ...built, 'video.json': Buffer.alloc(limits.console_bytes_max) };
  const { ask, warnings } = await startConsole(t, tooLarge);
  assert.equal((await ask('/console')).status, 404);
  assert.match(warnings.join(), /cannot be read/);
});

test('console.enabled = false: no path belongs to it', async (t) => {
  const { ask } = await startConsole(t, built, false);
  const accept = 'text/html';
  for (const path of ['/', '/console', '/console/', `/console/${asset}`])
    assert.ok(isApi(await ask(path, { accept })), path);
});
