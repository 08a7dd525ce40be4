/** Signing in: the limit in words, the setup link, and a session that ends while a page is open. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { digestOf } from '../../src/domain/digest.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { openBeside } from '../../src/store/open-beside.ts';
import type { Visit } from '../support/browser.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig({ env: { HALLEY_ACCOUNTS_LOGIN_ATTEMPTS_MAX: '3' } });

/** Opens the setup of root, as a first start does, with this code. */
async function openSetup(code: string): Promise<void> {
  const settings = settingsSchema.parse({ data_dir: rig.gateway.dataDir });
  const store = await openBeside(settings, systemClock, systemRandom);
  const root = await store.findAccountByUsername('root');
  const expiresAt = Math.floor(systemClock.now() / 1000) + 3600;
  await store.signIns.openSetup({ digest: digestOf(code), accountId: root?.id ?? 0, expiresAt });
  await store.close();
}

/** Creates an account, whose sign-ins count apart from those of root. */
async function createAccount(username: string) {
  const password = `password of ${username}`;
  const answer = await rig.gateway.call('POST', '/api/user/', { body: { username, password } });
  assert.equal(answer.status, 200, answer.text);
  return { username, password };
}

async function fillIn({ page }: Visit, username: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const open = (t: TestContext, options = {}) => rig.visit(t, { account: null, ...options });

test('a session that ends in the middle is continued in place, and nothing typed is lost', async (t) => {
  const account = await createAccount('ana');
  const visit = await rig.visit(t, { account });
  const { page, context } = visit;
  await visit.open('/personal');
  await page.getByLabel('Present password').fill('typed before the session ended');
  const cookies = await context.cookies();
  await context.clearCookies();
  await page.getByRole('button', { name: 'Create access token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await dialog.isVisible(), true, 'there is nothing behind it to go on with');
  await dialog.getByText('Sign in again as ana').waitFor();
  await page.keyboard.insertText(account.password);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await page.getByLabel('Present password').inputValue(), 'typed before the session ended');
  await page.getByRole('button', { name: 'Create access token' }).click();
  await page.getByText('It is shown only now').waitFor();
  assert.notDeepEqual(await context.cookies(), cookies);
});

test('a page of one account does nothing for another that signed in beside it', async (t) => {
  const [ana, ben] = [await createAccount('ana-beside'), await createAccount('ben-beside')];
  const { page, context, open: goTo } = await rig.visit(t, { account: ana });
  await goTo('/personal');
  const { status } = await context.request
    .post(`${rig.gateway.url}/api/user/login`, { data: ben })
    .then((response) => ({ status: response.status() }));
  assert.equal(status, 200);
  await page.getByRole('button', { name: 'Create access token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByText('Sign in again as ana-beside').waitFor();
  await page.keyboard.insertText(ana.password);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Create access token' }).click();
  await page.getByText('It is shown only now').waitFor();
});

test('the setup link asks for a password, signs root in, and is dead afterwards', async (t) => {
  const code = 'A-code_of-43-characters-0123456789abcdefghi';
  await openSetup(code);
  const visit = await open(t);
  const { page } = visit;
  await visit.open(`/login#setup=${code}`);
  await page.getByRole('heading', { name: 'Welcome to Halley' }).waitFor();
  assert.ok(!page.url().includes(code), 'the code leaves the address at once');
  assert.equal(await page.getByLabel('User name').inputValue(), 'root');
  await visit.checkAccessibility();
  await visit.screenshot('setup');
  const password = page.getByLabel('New password');
  await password.fill('short');
  await page.keyboard.press('Enter');
  await page.getByText('Enter at least 8 characters.').waitFor();
  await page.getByRole('button', { name: 'Show characters' }).click();
  assert.equal(await password.getAttribute('type'), 'text');
  assert.equal(await password.getAttribute('autocomplete'), 'new-password');
  await password.fill(rig.root.password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation').first().waitFor();
  assert.equal(new URL(page.url()).pathname, '/console/start');

  const again = await open(t);
  await again.open(`/login#setup=${code}`);
  await again.page.getByText('This link does not work any more').waitFor();
  await again.checkAccessibility();
  await again.screenshot('setup-dead');
  await fillIn(again, rig.root.username, rig.root.password);
  await again.page.getByRole('navigation').first().waitFor();
});

test('failures are explained, and the limit says in words how long it lasts', async (t) => {
  const account = await createAccount('bob');
  const visit = await open(t);
  const { page } = visit;
  // A network of its own, so that no other test is refused.
  await page.setExtraHTTPHeaders({ 'x-forwarded-for': '198.51.100.7' });
  await visit.open('/login');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Enter your user name.').waitFor();
  for (let count = 0; count < 3; count += 1) {
    await fillIn(visit, account.username, 'wrong');
    await page.getByText('The user name or the password is wrong.').waitFor();
  }
  await visit.screenshot('sign-in-wrong');
  await fillIn(visit, account.username, account.password);
  await page.getByText('Too many failed sign-ins').waitFor();
  const left = page.getByRole('timer');
  assert.match(String(await left.textContent()), /^Try again in (4 min \d+ sec|5 min 0 sec)\.$/);
  await visit.checkAccessibility();
  await visit.screenshot('sign-in-limited');
  assert.equal(await page.getByLabel('User name').inputValue(), account.username);
});
