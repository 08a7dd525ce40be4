/** The audit log page, and the history on a key's page, in a browser before a gateway that has something to tell. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Visit, VisitOptions } from '../support/browser.ts';
import { dataOf } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig();
const ana = { username: 'ana', password: 'the password of ana' };
/** Markup, a right-to-left mark, wide characters and an emoji. */
const hostile = '<img src=x onerror=alert(1)>\u202etxt.\u202c 漢字 🗝';
let keyId = 0;
let told: Promise<void> | undefined;

const put = (path: string, body: unknown) => rig.gateway.call('PUT', path, { body });

/** Leaves entries of many kinds. */
async function tell(): Promise<void> {
  const { gateway } = rig;
  keyId = (await gateway.createKey({ name: 'website' })).id;
  await put('/api/token', {
    id: keyId,
    name: 'website of the shop',
    remain_quota: 5_000_000,
    unlimited_quota: false,
    allow_ips: '10.0.0.0/8\n::1',
    expired_time: 1_900_000_000,
  });
  dataOf(await gateway.call('POST', '/api/user', { body: ana }));
  await put('/api/price', { models: [{ id: 'gpt-5', input: '1.25', output: '10' }] });
  await put('/api/channel', { id: 1, weight: 3, keys: ['an-upstream-secret'] });
  await gateway.call('POST', '/api/user/login', { body: { ...ana, password: 'wrong' } });
  const { id } = await gateway.createKey({ name: hostile });
  await gateway.call('DELETE', `/api/token/${id}`);
}

/** Opens a window once there is something to see. */
async function visitAs(t: TestContext, options?: VisitOptions) {
  told ??= tell();
  await told;
  return rig.visit(t, options);
}

const entriesOf = (page: Visit['page']) => page.locator('tbody');

/** Rows of the table; each is one line of text. */
const rowsOf = (page: Visit['page']) => page.locator('tbody tr').allInnerTexts();

test('every change is listed, and one opens with its values before and after', async (t) => {
  const visit = await visitAs(t);
  const { page } = visit;
  await visit.open('/audit');
  assert.match((await rowsOf(page)).join('\n'), /Sign-in failed\s+Account\s*ana\s+Somebody unknown/);
  await page.getByRole('link', { name: 'API key website of the shop' }).click();
  const sheet = page.getByRole('dialog', { name: /website of the shop/ });
  await sheet.getByText('$10.00').waitFor();
  const text = await sheet.textContent();
  for (const shown of nonEmpty([
    'remain_quota',
    '$0',
    'Never',
    '10.0.0.0/8\n::1',
    'Access token',
    '127.0.0.1',
  ])) {
    assert.ok(text?.includes(shown), `${shown} in ${text}`);
  }
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /open=/);
});

test('filters are in the address, and an entry leads to those like it', async (t) => {
  const visit = await visitAs(t);
  const { page } = visit;
  await visit.open('/audit');
  await page.getByRole('combobox', { name: 'Object' }).selectOption('channel');
  await page.waitForURL(/type=channel/);
  await page.getByRole('combobox', { name: 'Action' }).selectOption('Changed');
  await page.waitForURL(/action=updated/);
  await page
    .getByRole('link', { name: /Channel\s*demo/ })
    .first()
    .click();
  const sheet = page.getByRole('dialog');
  await sheet.getByText('Secret: changed').waitFor();
  assert.ok(!(await page.content()).includes('an-upstream-secret'));
  await sheet.getByRole('button', { name: 'All of this object' }).click();
  await page.waitForURL(/id=1/);
  await entriesOf(page).getByText('Created').waitFor();
  assert.equal((await rowsOf(page)).length, 2);
  await page.getByRole('button', { name: /^Drop the filter/ }).click();
  await page.getByRole('link', { name: /Price\s*gpt-5/ }).waitFor();
  await page.getByRole('searchbox').fill('GPT');
  await page.waitForURL(/q=GPT/);
  await entriesOf(page)
    .getByRole('link', { name: /Account/ })
    .first()
    .waitFor({ state: 'detached' });
  assert.deepEqual(
    (await rowsOf(page)).map((row) => /gpt-5/.test(row)),
    [true],
  );
  await page.reload();
  await page.getByRole('link', { name: /gpt-5/ }).waitFor();
  await page.getByRole('searchbox').fill('nothing has this name');
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await entriesOf(page)
    .getByRole('link', { name: /Account/ })
    .first()
    .waitFor();
});

test('a name is text, whatever it holds', async (t) => {
  const visit = await visitAs(t);
  await visit.open('/audit?action=deleted');
  const name = visit.page.getByRole('link', { name: /onerror/ });
  assert.match(String(await name.textContent()), /<img src=x onerror=alert\(1\)>/);
  assert.equal(await visit.page.locator('img[src="x"]').count(), 0);
});

test('an account sees what concerns itself alone', async (t) => {
  const visit = await visitAs(t, { account: ana });
  const { page } = visit;
  await visit.open('/audit');
  await page
    .getByRole('link', { name: /Session/ })
    .first()
    .waitFor();
  const rows = (await rowsOf(page)).join('\n');
  assert.match(rows, /Created\s+Account\s*ana\s+root/);
  assert.doesNotMatch(rows, /website|Channel|Price/);
  assert.equal(await page.getByRole('link', { name: 'Export CSV' }).count(), 0);
});

test('it is complete in Chinese', async (t) => {
  const visit = await visitAs(t, { locale: 'zh-CN' });
  await visit.open('/audit?action=sign_in_failed');
  await visit.page.getByRole('heading', { name: '审计日志' }).waitFor();
  await entriesOf(visit.page).getByText('登录失败').first().waitFor();
});

test('pages are read on to older entries and back, and the file has all of them', async (t) => {
  const count = 60;
  for (let index = 0; index < count; index += 1)
    await put('/api/token', { id: keyId, name: `name ${index}` });
  const visit = await visitAs(t);
  const { page } = visit;
  await visit.open('/audit?type=key');
  await page.getByRole('link', { name: `API key name ${count - 1}` }).waitFor();
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByRole('link', { name: 'API key name 0' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Older' }).isEnabled(), false);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export CSV' }).click();
  const download = await downloading;
  assert.equal(download.suggestedFilename(), 'audit.csv');
  assert.match(download.url(), /object_type=key/);
  await page.getByRole('button', { name: 'Newest' }).click();
  await page.getByRole('link', { name: `API key name ${count - 1}` }).waitFor();
});

test('the page of a key shows who changed what, and older changes on request', async (t) => {
  const visit = await visitAs(t);
  const { page } = visit;
  await visit.open(`/token/${keyId}`);
  const history = page.locator('section', { has: page.getByRole('heading', { name: 'Who changed what' }) });
  await history.getByText('Changed').first().waitFor();
  const shown = 8;
  assert.equal(await history.getByRole('listitem').count(), shown);
  await history.getByRole('button', { name: 'Show older changes' }).click();
  await history.getByRole('listitem').nth(shown).waitFor();
});

test('entries of days of free choice: the days are in the address and begin in the zone of the viewer', async (t) => {
  const visit = await visitAs(t);
  const { page } = visit;
  // The log of this file has more than a page.
  await visit.open('/audit?q=website');
  await page.getByRole('radio', { name: 'Custom' }).click();
  await page.waitForURL(/days=/);
  await entriesOf(page).getByText('website of the shop').first().waitFor();
  const asked = page.waitForRequest(/start_time=946656000&end_time=946742399/);
  await visit.open('/audit?days=2000-01-01..2000-01-01');
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  assert.equal(await page.getByLabel('First day').inputValue(), '2000-01-01');
  await asked;
  await visit.checkAccessibility();
});

test('an administrator chooses who acted from the accounts that the server finds', async (t) => {
  const visit = await visitAs(t);
  const { page } = visit;
  await visit.open('/audit');
  await page.getByRole('combobox', { name: 'Who did it' }).fill('an');
  await page.getByRole('option', { name: 'ana' }).click();
  await page.waitForURL(/actor=\d+/);
  await page.getByRole('button', { name: /By account #\d+/ }).waitFor();
  await visit.checkAccessibility();
});
