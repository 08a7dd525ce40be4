/** The watch over a page sees what it promises to see: each fault in a page that has no other. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { createConsole } from '../../src/console/console.ts';
import { sendJson } from '../../src/http/send.ts';
import { startShell } from '../http/shell.ts';
import { startBrowser, type TestBrowser, type Visit, type VisitOptions } from './browser.ts';

let browser: TestBrowser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

/** Opens a page with this script and body under the console's headers. `end` checks it, as the end of a test does. */
async function visitPage(t: TestContext, script: string, body = '', options: VisitOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'halley-pages-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const head = '<meta charset="utf-8"><title>Page</title><script src="/console/page.js" defer></script>';
  await writeFile(
    join(directory, 'index.html'),
    `<!doctype html><html lang="en"><head>${head}</head><body><main><h1>Page</h1>${body}</main></body></html>`,
  );
  await writeFile(join(directory, 'page.js'), script);
  const handle = createConsole({ enabled: true, directory, log: { warn: () => undefined } });
  const { port } = await startShell(t, {
    handle: (exchange) => handle(exchange) || sendJson(exchange, 401, '{"success":false}'),
  });
  const ends: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const one of ends) await one();
  };
  const register: Pick<TestContext, 'after'> = {
    after: (hook) => void (typeof hook === 'function' && ends.push(hook as unknown as () => Promise<void>)),
  };
  const visit: Visit = await browser.visit(register, { url: `http://127.0.0.1:${port}` }, options);
  await visit.open('');
  return { visit, end };
}

const faults: readonly (readonly [name: string, script: string, seen: RegExp])[] = [
  ['an error in the console', 'console.error("broken")', /console: broken/],
  ['an exception', 'throw new Error("thrown here")', /thrown: .*thrown here/],
  ['an unhandled rejection', 'Promise.reject(new Error("rejected here"))', /thrown: .*rejected here/],
  ['a request to another origin', 'open("http://localhost:9/x")', /foreign request: http:..localhost:9/],
  [
    'an inline style',
    'document.head.append(document.createElement("style")); document.head.lastChild.append("a{}")',
    /Content Security Policy/,
  ],
  ['a style attribute', 'document.body.setAttribute("style", "color: red")', /Content Security Policy/],
  ['evaluated text', 'try { new Function("1") } catch {}', /Content Security Policy|TrustedScript/],
  [
    'text as markup',
    'try { document.body.innerHTML = "<b>x</b>" } catch {}',
    /Content Security Policy|TrustedHTML/,
  ],
  [
    'a missing file',
    'import("/console/assets/gone.js").catch(() => {})',
    /console: Failed to load resource.*404/,
  ],
];

for (const [name, script, seen] of faults) {
  test(`a visit fails on ${name}`, async (t) => {
    const { end } = await visitPage(t, script);
    await assert.rejects(end, seen);
  });
}

test('a visit passes a page without faults, a refusal of the API, and a fault that the test expects', async (t) => {
  const { visit, end } = await visitPage(
    t,
    'fetch("/api/user/self").then(() => console.error("expected one"))',
  );
  visit.expectFault(/expected one/);
  await visit.checkAccessibility();
  await end();
});

test('the accessibility check names what axe finds', async (t) => {
  const { visit, end } = await visitPage(t, '', '<button></button>');
  await assert.rejects(visit.checkAccessibility(), /button-name/);
  await end();
});

test('a page in Chinese has the glyphs', async (t) => {
  const { visit, end } = await visitPage(t, '', '<p id="text">余额</p>', { locale: 'zh-CN' });
  const isLoaded = await visit.page.evaluate(
    `document.fonts.load("16px 'Noto Sans SC'", "余额").then((fonts) => fonts.length > 0)`,
  );
  assert.equal(isLoaded, true);
  await end();
});

test('screenshots go to the directory that the environment names', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'halley-shots-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const { visit, end } = await visitPage(t, '', '<p>Text</p>', { width: 360 });
  const former = process.env.HALLEY_SCREENSHOTS;
  process.env.HALLEY_SCREENSHOTS = directory;
  await visit.screenshot('page');
  if (former === undefined) delete process.env.HALLEY_SCREENSHOTS;
  else process.env.HALLEY_SCREENSHOTS = former;
  assert.deepEqual(
    [...(await readFile(join(directory, 'page.png'))).subarray(1, 4)],
    [...Buffer.from('PNG')],
  );
  await end();
});
