/** Personal Settings, the settings in force and the fleet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataOf } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig({
  env: {
    HALLEY_WEBHOOK_URL: 'https://hooks.example/secret-path',
    HALLEY_WEBHOOK_SECRET: 'a-secret-of-24-characters',
  },
});

async function createAccount(username: string) {
  const password = `password of ${username}`;
  dataOf(await rig.gateway.call('POST', '/api/user/', { body: { username, password } }));
  return { username, password };
}

const statusOf = async (token: string) =>
  (await fetch(`${rig.gateway.url}/api/user/self`, { headers: { authorization: token } })).status;

test('an access token is shown once; its replacement asks first, and the old one is dead', async (t) => {
  const visit = await rig.visit(t, { account: await createAccount('ana') });
  const { page } = visit;
  await visit.open('/personal');
  await page.getByRole('button', { name: 'Create access token' }).click();
  const value = page.getByLabel('Access token', { exact: true });
  await value.waitFor();
  const first = await value.inputValue();
  assert.equal(await statusOf(first), 200);
  await visit.screenshot('personal-token');
  await page.getByRole('button', { name: 'Replace access token' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Replace the access token?' });
  await dialog.waitFor();
  await visit.checkAccessibility();
  assert.equal(await statusOf(first), 200, 'nothing happens before the answer');
  await dialog.getByRole('button', { name: 'Replace access token' }).click();
  await page.getByText('The token before it is dead').waitFor();
  const second = await value.inputValue();
  assert.deepEqual([await statusOf(first), await statusOf(second)], [401, 200]);
  await page.reload();
  await page.getByText('You have an access token').waitFor();
  assert.ok(!(await page.content()).includes(second));
  await page.getByRole('button', { name: 'Delete access token' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete access token' }).click();
  await page.getByText('The access token is deleted').waitFor();
  assert.equal(await statusOf(second), 401);
});

test('other sessions are seen with their browsers, and ended one by one or all at once', async (t) => {
  const account = await createAccount('bob');
  const signIn = (userAgent: string) =>
    fetch(`${rig.gateway.url}/api/user/login`, {
      method: 'POST',
      headers: { 'user-agent': userAgent },
      body: JSON.stringify(account),
    });
  const hostile = '<b onload=x>live</b>';
  for (const userAgent of ['Mozilla/5.0 (Windows NT 10.0) Firefox/140.0', hostile, 'curl/8']) {
    assert.equal((await signIn(userAgent)).status, 200);
  }
  const visit = await rig.visit(t, { account });
  const { page } = visit;
  await visit.open('/personal');
  await page.getByText('This session').waitFor();
  await page.getByText(hostile, { exact: true }).waitFor();
  await visit.checkAccessibility();
  await page.getByRole('button', { name: 'Sign out Firefox on Windows' }).click();
  await page.getByText('Firefox on Windows').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Sign out all others' }).click();
  await page.getByText('curl').waitFor({ state: 'hidden' });
  assert.equal(await page.getByText('This session').count(), 1);
});

test('a new password keeps this session and ends the others', async (t) => {
  const account = await createAccount('carol');
  const visit = await rig.visit(t, { account });
  const other = await rig.visit(t, { account });
  const { page } = visit;
  await visit.open('/personal');
  await other.open('/personal');
  await page.getByLabel('Present password').fill('wrong');
  await page.getByLabel('New password').fill('another long password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('The original password is wrong.').waitFor();
  await page.getByLabel('Present password').fill(account.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your password is changed').waitFor();
  await other.page.getByRole('button', { name: 'Create access token' }).click();
  await other.page.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
  await page.getByRole('button', { name: 'Create access token' }).click();
  await page.getByText('It is shown only now').waitFor();
});

test('preferences apply at once, and in every browser in which the account signs in', async (t) => {
  const account = await createAccount('dora');
  const visit = await rig.visit(t, { account });
  const { page } = visit;
  await visit.open('/personal');
  await page.getByRole('radio', { name: 'Dark' }).click();
  await until(
    async () => (await page.evaluate("document.documentElement.dataset.theme === 'dark'")) === true,
  );
  await page.getByLabel('Time zone').selectOption('America/New_York');
  await page.waitForEvent('load');
  await page.getByRole('switch', { name: 'Single-key shortcuts' }).waitFor();
  await page.getByRole('switch', { name: 'Single-key shortcuts' }).click();
  await until(
    async () => (await page.evaluate("localStorage.getItem('halley.single_keys') === 'off'")) === true,
  );
  await page.getByLabel('Language').selectOption('zh-CN');
  await page.getByRole('heading', { name: '个人设置', level: 1 }).waitFor();

  const elsewhere = await rig.visit(t, { account: null });
  await elsewhere.open('/login');
  await elsewhere.page.getByLabel('User name').fill(account.username);
  await elsewhere.page.getByLabel('Password', { exact: true }).fill(account.password);
  await elsewhere.page.keyboard.press('Enter');
  await elsewhere.page.getByRole('link', { name: '个人设置' }).waitFor();
  const kept = await elsewhere.page.evaluate(
    "[document.documentElement.dataset.theme, localStorage.getItem('halley.time_zone'), localStorage.getItem('halley.single_keys')]",
  );
  assert.deepEqual(kept, ['dark', 'America/New_York', 'off']);
});

test('settings are searched and filtered in the address, without secrets, and for administrators only', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/setting?show=changed');
  await page.getByText('Set, never shown').first().waitFor();
  const text = String(await page.locator('main').textContent());
  assert.match(text, /webhook\.secret.*Set, never shownEnvironmentHALLEY_WEBHOOK_SECRET/);
  assert.ok(!text.includes('a-secret-of-24') && !text.includes('secret-path'));
  await page.getByRole('radio', { name: 'All' }).click();
  await page.getByRole('searchbox').fill('drain');
  await page.getByText('shutdown.drain_ms').first().waitFor();
  await until(async () => (await page.evaluate("location.search === '?q=drain'")) === true);
  await page.getByRole('searchbox').fill('no such setting');
  await page.getByText('No such setting').waitFor();
  const user = await rig.visit(t, { account: await createAccount('erin') });
  for (const place of nonEmpty(['/setting', '/fleet'])) {
    await user.open(place);
    await user.page.getByText('Only administrators see this page').waitFor();
  }
  await user.checkAccessibility();
});

test('the fleet page shows the node and how long the last changes of rights took', async (t) => {
  const key = await rig.gateway.createKey();
  await rig.gateway.call('DELETE', `/api/token/${key.id}`);
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/fleet');
  await page.getByText('responds to you', { exact: true }).waitFor();
  await page.getByText('Key deleted').first().waitFor();
});
