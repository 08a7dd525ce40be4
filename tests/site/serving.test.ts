/** The documentation as requests see it: over the real HTTP shell, with files as a build leaves them. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sendJson } from '../../src/http/send.ts';
import { limits } from '../../src/platform/limits.ts';
import { createSite } from '../../src/site/site.ts';
import { startShell } from '../http/shell.ts';
import { nonEmpty } from '../support/non-empty.ts';

const page = '<!DOCTYPE html><title>Keys</title>';
const script = 'assets/app.B1fW_x-2.js';
const program = 'assets/frame/swagger-ui-B1fW_x-2.js';

const built: Readonly<Record<string, string | Uint8Array>> = {
  'index.html': page,
  '404.html': '<!DOCTYPE html><title>Nothing here</title>',
  'guides/index.html': page,
  'guides/keys.html': page,
  'guides/keys.html.gz': gzipSync(page),
  'guides/keys.md': '# Keys\n',
  'reference/api.html': page,
  'reference/api-frame.html': page,
  [script]: 'app()',
  // Only its compressed copy, as in the npm package.
  [`${program}.gz`]: gzipSync('SwaggerUIBundle()'),
  'llms.txt': '# Halley\n',
  'llms-full.txt': '# Halley, all of it\n',
  'script-hashes.json': '["sha256-aaaa","sha256-bbbb"]',
  '.source': 'fingerprint',
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What it says in its log, and a way to ask it; a request that is none for it gets the JSON `"api"`. */
async function startSite(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
  enabled = true,
) {
  const directory = await mkdtemp(join(tmpdir(), 'halley-site-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  const handle = createSite({ enabled, directory, log });
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

test('a page has no ending in its address, a folder is its index, and the Markdown of a page is beside it', async (t) => {
  const { ask } = await startSite(t, built);
  for (const path of ['/docs/', '/docs/guides/', '/docs/guides/keys', '/docs/guides/keys.html?q=1']) {
    const { status, headers, body } = await ask(path);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(body.toString(), page);
  }
  for (const [path, location] of [
    ['/docs', '/docs/'],
    ['/docs/guides', '/docs/guides/'],
  ] as const) {
    const { status, headers } = await ask(path);
    assert.equal(status, 302, path);
    assert.equal(headers.location, location);
  }
  const markdown = await ask('/docs/guides/keys.md');
  assert.equal(markdown.headers['content-type'], 'text/markdown; charset=utf-8');
  assert.equal(markdown.body.toString(), '# Keys\n');
});

test('the lists for language models stand at the root', async (t) => {
  const { ask } = await startSite(t, built);
  const list = await ask('/llms.txt');
  assert.equal(list.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(list.body.toString(), '# Halley\n');
  assert.equal((await ask('/llms-full.txt')).body.toString(), '# Halley, all of it\n');
});

test('what is not there is 404: a page for browsers, JSON for others; no path leads out or to what is hidden', async (t) => {
  const { ask } = await startSite(t, built);
  const browser = await ask('/docs/guides/none', { accept: 'text/html,*/*' });
  assert.equal(browser.status, 404);
  assert.match(browser.body.toString(), /Nothing here/);
  for (const path of [
    ...['/docs/none', '/docs/.source', '/docs/guides/keys.html.gz', '/docs/assets/app.00000000.js'],
    ...['/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/guides/../../package.json', '/docs//'],
  ]) {
    const { status, headers, body } = await ask(path);
    assert.equal(status, 404, path);
    assert.match(body.toString(), /"path_not_found"/, path);
    assert.equal(headers['cache-control'], 'no-store');
  }
  for (const path of ['/documents', '/Docs/', '/api/docs', '//docs/', '/llms.txt/'])
    assert.ok(isApi(await ask(path)), path);
});

test('a page connects to nothing, and runs the scripts of the build and no others', async (t) => {
  const { ask } = await startSite(t, built);
  const { headers } = await ask('/docs/guides/keys');
  const policy = String(headers['content-security-policy']).split('; ');
  for (const directive of [
    ...["default-src 'none'", "script-src 'self' 'sha256-aaaa' 'sha256-bbbb'", "style-src 'self'"],
    ...["form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'", "worker-src 'none'"],
    "require-trusted-types-for 'script'",
  ])
    assert.ok(policy.includes(directive), directive);
  assert.ok(!policy.some((directive) => /^(?:connect|frame|object)-src/.test(directive)));
  assert.ok(!policy.some((directive) => /https?:|unsafe-eval|^script.*unsafe-inline/.test(directive)));
  // Another value than the console's, so that a browser cuts the tie between their windows.
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin-allow-popups');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
});

test('the API reference is drawn in a frame without an origin, which connects to nothing', async (t) => {
  const { ask } = await startSite(t, built);
  const around = String((await ask('/docs/reference/api')).headers['content-security-policy']).split('; ');
  assert.ok(around.includes("connect-src 'self'") && around.includes("script-src 'self'"), around.join());
  const inside = String((await ask('/docs/reference/api-frame')).headers['content-security-policy']).split(
    '; ',
  );
  assert.ok(inside.includes('sandbox allow-scripts') && inside.includes("default-src 'none'"), inside.join());
  assert.ok(!inside.some((directive) => /^(?:connect|frame)-src|unsafe|https?:/.test(directive)));
  const file = await ask(`/docs/${program}`);
  assert.equal(file.headers['cross-origin-resource-policy'], 'cross-origin');
  assert.equal(file.body.toString(), 'SwaggerUIBundle()');
});

test('no file of the documentation becomes a worker, on which the policy of a page has no hold', async (t) => {
  const { ask } = await startSite(t, built);
  const paths = ['/docs/', '/docs/guides/keys', '/docs/reference/api', '/docs/reference/api-frame'];
  for (const path of nonEmpty([...paths, `/docs/${script}`, `/docs/${program}`])) {
    const { headers } = await ask(path);
    assert.match(String(headers['content-security-policy']), /; worker-src 'none'/, path);
    for (const asked of nonEmpty([
      { 'service-worker': 'script' },
      { 'sec-fetch-dest': 'serviceworker' },
      { 'sec-fetch-dest': 'sharedworker' },
      { 'sec-fetch-dest': 'worker' },
    ])) {
      const refused = await ask(path, asked);
      assert.equal(refused.status, 403, `${path} ${JSON.stringify(asked)}`);
      assert.equal(refused.headers['cache-control'], 'no-store');
      assert.equal(refused.headers['content-type'], 'application/json; charset=utf-8');
    }
    assert.equal((await ask(path, { 'sec-fetch-dest': 'script' })).status, 200, path);
  }
});

test('files are cached by their names, told apart by their coding, and answered with 304 to who has them', async (t) => {
  const { ask } = await startSite(t, built);
  const immutable = 'public, max-age=31536000, immutable';
  assert.equal((await ask(`/docs/${script}`)).headers['cache-control'], immutable);
  assert.equal((await ask(`/docs/${program}`)).headers['cache-control'], immutable);
  const plain = await ask('/docs/guides/keys');
  const packed = await ask('/docs/guides/keys', { 'accept-encoding': 'br, gzip' });
  assert.equal(plain.headers['cache-control'], 'no-cache');
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(packed.body).toString(), page);
  assert.notEqual(plain.headers.etag, packed.headers.etag);
  const known = { 'if-none-match': String(plain.headers.etag) };
  assert.equal((await ask('/docs/guides/keys', known)).status, 304);
  const head = await ask('/docs/guides/keys', {}, 'HEAD');
  assert.equal(head.body.length, 0);
  assert.equal(head.headers['content-length'], plain.headers['content-length']);
  for (const method of nonEmpty(['POST', 'PUT', 'DELETE'])) {
    const refused = await ask('/docs/guides/keys', {}, method);
    assert.equal(refused.status, 405, method);
    assert.equal(refused.headers.allow, 'GET, HEAD');
  }
});

test('a gateway without the pages says on /docs what is missing and how to get it', async (t) => {
  const { ask, warnings } = await startSite(t, { 'index.html': page });
  assert.deepEqual(warnings, [], 'nothing is read before somebody asks');
  const { status, headers, body } = await ask('/docs/guides/keys');
  assert.equal(status, 404);
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.match(body.toString(), /not built.*npm run prepare/s);
  assert.match(warnings.join(), /npm run prepare/);
});

test('more bytes than a build makes are not read into memory', async (t) => {
  const { ask, warnings } = await startSite(t, {
    ...built,
    'large.json': Buffer.alloc(limits.site_bytes_max),
  });
  assert.equal((await ask('/docs/')).status, 404);
  assert.match(warnings.join(), /cannot be read/);
});

test('docs.enabled = false: no path belongs to it', async (t) => {
  const { ask } = await startSite(t, built, false);
  for (const path of ['/docs', '/docs/', `/docs/${script}`, '/llms.txt', '/llms-full.txt'])
    assert.ok(isApi(await ask(path)), path);
});
