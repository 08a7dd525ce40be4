/** What surrounds every page: navigation by pointer and keyboard, the command menu, phones, languages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../support/non-empty.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig();

test('without a session, a page leads to the sign-in and back', async (t) => {
  const visit = await rig.visit(t, { account: null });
  const { page } = visit;
  await visit.open('/token?q=some');
  assert.equal(new URL(page.url()).pathname, '/console/login');
  await page.getByLabel('User name').fill(rig.root.username);
  await page.getByLabel('Password').fill(rig.root.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'API Keys', level: 1 }).waitFor();
  assert.match(page.url(), /\/console\/token\?q=some$/);
});

test('a link with a foreign place to return to stays in the console', async (t) => {
  const visit = await rig.visit(t, { account: null });
  const { page } = visit;
  await visit.open('/login?from=%2F%2Fevil.example%2Fconsole');
  await page.getByLabel('User name').fill(rig.root.username);
  await page.getByLabel('Password').fill(rig.root.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'There is no such page', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).origin, rig.gateway.url);
});

test('the keyboard alone reaches every page', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Command menu' }).waitFor();
  await page.keyboard.type('api k');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'API Keys', level: 1 }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.locator('[role=dialog]:focus-within').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  await page.keyboard.type('g');
  assert.equal(await page.getByRole('searchbox').inputValue(), 'g');
  await page.getByRole('searchbox').blur();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: 'Personal Settings', level: 1 }).waitFor();
});

test('a sign-out that fails says so, and can be tried again', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/token');
  visit.expectFault(/logout|ERR_FAILED|ApiError: Not signed in|401/);
  await page.route('**/api/user/logout', (route) => route.abort());
  const sidebar = page.locator('#sidebar');
  await sidebar.getByRole('button', { name: 'Sign out' }).click();
  await sidebar.getByRole('alert').getByText('The gateway cannot be reached.').waitFor();
  await visit.checkAccessibility();
  await page.unroute('**/api/user/logout');
  await sidebar.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
});

test('single keys do nothing once they are turned off', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/token');
  await page.evaluate(`localStorage.setItem('halley.single_keys', 'off')`);
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Command menu' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 1);
});

test('on a phone the menu opens over the page, and nothing is wider than the screen', async (t) => {
  const visit = await rig.visit(t, { width: 320, height: 640, colorScheme: 'dark' });
  const { page } = visit;
  await visit.open('/token');
  await page.getByRole('button', { name: 'Open the menu' }).click();
  await page.getByRole('link', { name: 'Personal Settings' }).click();
  await page.getByRole('heading', { name: 'Personal Settings', level: 1 }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'API Keys' }).isVisible(), false);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
});

test('every text of the shell is translated', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/token');
  await page.evaluate(`localStorage.setItem('halley.language', 'en-XA')`);
  await page.reload();
  await page.getByRole('navigation').first().waitFor();
  const texts = await page.getByRole('link').allInnerTexts();
  for (const text of nonEmpty(texts.filter((each) => each.includes('[')))) assert.match(text, /\[.+~\]/);
  assert.deepEqual(
    texts.filter((text) => !text.includes('[')).map((text) => text.trim()),
    ['R\nRoot'],
  );
});

test('Chinese is complete and declared', async (t) => {
  const visit = await rig.visit(t, { locale: 'zh-CN' });
  const { page } = visit;
  await visit.open('/token');
  await page.getByRole('heading', { name: 'API 密钥', level: 1 }).waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
});

test('the documentation opens beside the console', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/token');
  const opened = page.waitForEvent('popup');
  await page.locator('#sidebar').getByRole('link', { name: 'Documentation' }).click();
  const docs = await opened;
  await docs.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(new URL(docs.url()).pathname, '/docs/');
  await docs.close();
});
