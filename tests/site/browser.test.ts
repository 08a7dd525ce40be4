/**
 * The documentation in a browser, beside the session of an administrator. A visit fails its test on any violation of a page's
 * policy, and when anything is asked of another origin.
 */
import assert from 'node:assert/strict';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { buildSite } from '../console/built-pages.ts';
import {
  type Credentials,
  rootCredentials,
  startBrowser,
  type TestBrowser,
  type VisitOptions,
} from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';

let gateway: Gateway;
let browser: TestBrowser;
let root: Credentials;
before(async () => {
  await buildSite();
  [gateway, browser] = await Promise.all([startGateway(), startBrowser()]);
  root = await rootCredentials(gateway);
});
after(async () => {
  await browser?.close();
  await gateway?.stop();
});

const visit = (t: { after(end: () => Promise<void> | void): void }, options: VisitOptions = {}) =>
  browser.visit(t, gateway, { base: '/docs', ...options });

const isDark = (page: Page) => page.evaluate("document.documentElement.classList.contains('dark')");

/** A short one. */
const [guide = ''] = globSync('docs/guides/*.md', { cwd: join(import.meta.dirname, '../..') })
  .map((file) => ({
    path: file.replace(/^docs|\.md$/g, ''),
    size: statSync(join(import.meta.dirname, '../..', file)).size,
  }))
  .toSorted((one, other) => one.size - other.size)
  .map(({ path }) => path);

for (const colorScheme of ['light', 'dark'] as const) {
  test(`home, a guide and a table of the reference load under their policy, and axe finds nothing: ${colorScheme}`, async (t) => {
    const { page, open, findings } = await visit(t, { colorScheme });
    for (const path of ['/', guide, '/reference/errors#upstream_broken']) {
      await open(path);
      assert.equal(await isDark(page), colorScheme === 'dark', path);
      assert.equal(await page.locator('h1').count(), 1);
      // The themes differ in colours alone.
      assert.deepEqual(await (colorScheme === 'light' ? findings() : findings('color-contrast')), [], path);
    }
    // A link to an error leads to its row.
    const top = "document.querySelector('tr:has(#upstream_broken)').getBoundingClientRect().top";
    assert.ok(await page.evaluate(`${top} > 0 && ${top} < innerHeight`));
  });
}

test('pages are found by words without another origin, opened in place, and dark when asked to, as the console is', async (t) => {
  const { page, open, settle } = await visit(t);
  await open('/reference/errors');
  await page.evaluate('window.stays = true');
  await page.getByRole('button', { name: 'Search' }).first().click();
  await page.locator('#localsearch-input').fill('tombstone log');
  const first = page.locator('#localsearch-list li').first();
  await first.waitFor();
  assert.match((await first.textContent()) ?? '', /tombstone|deletions/i);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => !url.pathname.endsWith('/errors'));
  await settle();
  assert.equal(await page.evaluate('window.stays'), true, 'the page was not loaded anew');

  await page.locator('.VPNavBar .VPSwitchAppearance').first().click();
  assert.equal(await isDark(page), true);
  assert.equal(await page.evaluate("localStorage.getItem('halley.theme')"), 'dark');
  await open('/reference/configuration');
  assert.equal(await isDark(page), true);

  // A long table scrolls in its frame, and the page does not.
  await page.setViewportSize({ width: 360, height: 700 });
  await open('/reference/errors');
  const widths = '[document.documentElement.scrollWidth, innerWidth]';
  const [content, window] = (await page.evaluate(widths)) as [number, number];
  assert.ok(content <= window, `${content} of ${window}`);
  assert.ok(
    await page.evaluate(
      "(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector('.table-frame'))",
    ),
  );
});

test('an error of either API links the row of its code, which the documentation has', async () => {
  const authorization = { authorization: 'Bearer sk-none' };
  const answers = [
    await gateway.call('GET', '/api/user/self', { token: 'none' }),
    await gateway.call('GET', '/api/none'),
    await gateway.call('POST', '/v1/chat/completions', {
      token: undefined,
      headers: authorization,
      body: {},
    }),
    await gateway.call('POST', '/v1/messages', { token: undefined, headers: authorization, body: {} }),
  ];
  const links = answers.map(({ headers }) => headers.get('link'));
  const codes = ['unauthorized', 'path_not_found', 'invalid_api_key', 'invalid_api_key'];
  assert.deepEqual(
    links,
    codes.map((code) => `</docs/reference/errors#${code}>; rel="help"`),
  );
  const page = await (await fetch(`${gateway.url}/docs/reference/errors`)).text();
  for (const code of nonEmpty(codes)) assert.ok(page.includes(`<a id="${code}">`), code);
  const success = await gateway.call('GET', '/api/user/self');
  assert.equal(success.headers.get('link'), null);
});

test('a page that is not there says so, and leads back', async (t) => {
  const { page, open, expectFault } = await visit(t);
  expectFault(/404/);
  await open('/guides/none');
  assert.match((await page.locator('#VPContent').textContent()) ?? '', /not found/i);
});

test('a page of the documentation cannot act with the session of an administrator', async (t) => {
  const { page, open, expectFault } = await visit(t, { account: root });
  await open(guide);
  expectFault(/Content Security Policy|Trusted|connect|40[34]/);
  const tryIn = async (script: string) =>
    await page.evaluate(`(async () => { ${script} })().then(() => 'done', (error) => error.name)`);
  assert.equal(await tryIn("await fetch('/api/user/self')"), 'TypeError');
  assert.equal(
    await tryIn(
      "new XMLHttpRequest().open('GET', '/api/user/self'); const x = new XMLHttpRequest(); x.open('GET', '/api/user/self', false); x.send()",
    ),
    'NetworkError',
  );
  assert.equal(await tryIn("document.body.innerHTML = '<img>'"), 'TypeError', 'no text becomes markup');
  assert.equal(await tryIn("new Worker('/docs/theme.js')"), 'TypeError');
  // The one that changes something by GET: the address of a picture, and an address that is opened.
  await page.evaluate(
    "new Promise((end) => { const image = new Image(); image.onerror = end; image.src = '/api/user/token'; })",
  );
  const form =
    "const form = document.createElement('form'); form.action = '/api/user/token'; document.body.append(form); form.submit();";
  await tryIn(form);
  // A window of the console is no longer of the page that opened it.
  const opened = page.context().waitForEvent('page');
  await page.evaluate("window.opened = window.open('/console/token')");
  await (await opened).waitForLoadState();
  await until(async () => (await page.evaluate('window.opened.closed')) === true);
  // A frame of the console, or of the API.
  await tryIn(
    "const frame = document.createElement('iframe'); frame.src = '/api/status'; document.body.append(frame);",
  );
  assert.equal(
    await page.evaluate('document.querySelector("iframe").contentDocument?.body?.textContent ?? ""'),
    '',
  );
  const still = await gateway.call('GET', '/api/user/self');
  assert.equal(still.status, 200, 'the access token is the one of before');
});

test('no page of the documentation or of the console starts a worker, which would act under no policy', async (t) => {
  const { page, open, expectFault } = await visit(t, { account: root });
  expectFault(/Content Security Policy|Trusted|trusted|40[34]|worker/i);
  // As a hostile script of the build would: the policy that Vue's is, made before Vue makes it.
  await page.addInitScript(
    "try { globalThis.make = trustedTypes.createPolicy('vue', { createHTML: (text) => text, createScriptURL: (text) => text }); } catch {}",
  );
  const tryAll = `(async () => {
    const own = [...document.querySelectorAll('script[src], link[rel=modulepreload]')].map((one) => one.src || one.href);
    const address = own.find((one) => new URL(one).origin === location.origin);
    const trusted = globalThis.make?.createScriptURL(address) ?? address;
    const starts = (begin) => new Promise((end) => {
      try {
        begin().onerror = () => end('refused');
        setTimeout(end, 1500, 'started');
      } catch { end('refused'); }
    });
    const scope = new URL('.', address).href;
    return [
      await navigator.serviceWorker.register(trusted, { type: 'module', scope }).then(() => 'started', () => 'refused'),
      await starts(() => new Worker(trusted, { type: 'module' })),
      await starts(() => new SharedWorker(trusted, { type: 'module' })),
    ];
  })()`;
  for (const path of nonEmpty([guide, '/reference/api', '/../console/token'])) {
    await open(path);
    assert.deepEqual(await page.evaluate(tryAll), ['refused', 'refused', 'refused'], path);
    const count = 'navigator.serviceWorker.getRegistrations().then(({ length }) => length)';
    assert.equal(await page.evaluate(count), 0);
  }
});

test('requests of a browser that no script sends change nothing with a session', async (t) => {
  const { context } = await visit(t, { account: root });
  const cookies = await context.cookies(`${gateway.url}/api/`);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const own = { cookie, 'sec-fetch-site': 'same-origin' };
  for (const destination of ['image', 'document', 'script', 'iframe']) {
    const headers = { ...own, 'sec-fetch-dest': destination };
    const { json } = await gateway.call('GET', '/api/user/token', { token: undefined, headers });
    assert.equal(json?.code, 'csrf', destination);
  }
  const self = { ...own, 'sec-fetch-dest': 'document' };
  assert.equal(
    (await gateway.call('GET', '/api/user/self', { token: undefined, headers: self })).status,
    200,
  );
});

/** What is the package's own: the tables of answers are landmarks without names. */
const ownFindings: ReadonlySet<string> = new Set(['landmark-unique']);

test('the API reference is accessible in both themes, and tries requests without the session, with a token that is typed', async (t) => {
  const { page, open, expectFault } = await visit(t, { account: root });
  expectFault(/401/);
  const cookies: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/api/'))
      void request.allHeaders().then(({ cookie }) => cookies.push(cookie));
  });
  await open('/reference/api#/token/get_api_token');
  const frame = page.frameLocator('#reference');
  const operation = frame.locator('#operations-token-get_api_token');
  const send = operation.getByRole('button', { name: 'Execute' });
  await send.click();
  await operation.locator('.live-responses-table').getByText('401').first().waitFor();

  // It looks into the frame too. Its preload would fetch styles there, which may connect to nothing.
  const axe = () => new AxeBuilder({ page }).options({ preload: false });
  const { violations, passes } = await axe().analyze();
  const found = violations.filter(({ id }) => !ownFindings.has(id));
  assert.deepEqual(
    found.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    [],
  );
  const isInFrame = passes.some(({ nodes }) => nodes.some(({ target }) => target.length > 1));
  assert.ok(isInFrame, 'axe looked into the frame');
  await page.getByRole('button', { name: 'Dark theme' }).click();
  await frame.locator('html.dark').waitFor();
  await frame.getByRole('button', { name: 'Authorize' }).click();
  const dark = await axe().withRules(['color-contrast', 'button-name', 'label']).analyze();
  assert.deepEqual(
    dark.violations.map(({ nodes }) => nodes.map(({ html }) => html)),
    [],
  );

  const dialog = frame.locator('.modal-ux');
  await dialog.getByRole('textbox').first().fill(gateway.token);
  // A form, which a frame like this one does not submit.
  await page.keyboard.press('Enter');
  await dialog.getByText('Authorized').first().waitFor();
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await send.click();
  await operation.locator('.live-responses-table .response-col_status').getByText('200').waitFor();
  assert.deepEqual(
    cookies,
    [undefined, undefined, undefined],
    'the document and two tries, without a cookie',
  );
});

test('the API reference finds operations by words, opens what the address names, and fits a phone', async (t) => {
  const { page, open } = await visit(t, { width: 360, height: 700 });
  await open('/reference/api');
  const frame = page.frameLocator('#reference');
  const operations = frame.locator('.opblock');
  await frame.locator('.opblock-tag').first().waitFor();
  assert.equal(await operations.count(), 0, 'all is folded');
  await frame.getByRole('textbox').fill('reveal several');
  await operations.getByText('/api/token/batch/keys').waitFor();
  assert.equal(await operations.count(), 1);
  await operations.click();
  await page.waitForURL(/#\/token\/post_api_token_batch_keys$/);
  await frame.getByRole('textbox', { name: 'Request body' }).waitFor();

  await page.evaluate("location.hash = '#/model_access/get_api_model_access'");
  await frame.getByRole('textbox').first().fill('');
  await frame.locator('#operations-model_access-get_api_model_access.is-open').waitFor();
  const inside = page.frames().find((one) => one.parentFrame() !== null) ?? assert.fail();
  const widths = '[document.documentElement.scrollWidth, innerWidth]';
  const [content, window] = (await inside.evaluate(widths)) as [number, number];
  assert.ok(content <= window, `${content} of ${window}`);
});
