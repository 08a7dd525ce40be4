/** Channels, accounts and prices, as an administrator works with them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig({ isSeeded: true });
let upstream: FakeUpstream;
before(async () => {
  upstream = await startFakeUpstream();
});
after(() => upstream.close());

const upstreamKey = 'upstream-key-that-nobody-sees';
/** Markup, a right-to-left mark and wide letters. */
const hostile = '<img src=x onerror=alert(1)>\u202e 全角文字';

const dataOf = async (path: string) =>
  (await rig.gateway.call('GET', path)).json?.data as Record<string, unknown>;
const itemsOf = async (path: string) => (await dataOf(path)).items as Record<string, unknown>[];

test('a channel is made from a preset with models that its upstream lists, tested, and its keys are never shown', async (t) => {
  rig.gateway.secret(upstreamKey);
  upstream.on('/v1/models', upstreams.json({ data: [{ id: 'fake-large' }, { id: 'fake-small' }] }));
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/channel');
  await page.keyboard.press('c');
  const sheet = page.getByRole('dialog', { name: 'Add channel' });
  await sheet.getByLabel('Provider').selectOption({ label: 'Another upstream' });
  await sheet.getByLabel('Base URL').fill(`${upstream.origin}/v1`);
  await sheet.getByLabel('API keys of the upstream').fill(upstreamKey);
  await sheet.getByRole('button', { name: 'Fetch models' }).click();
  await sheet.getByRole('button', { name: 'Add 2 models' }).click();
  await visit.checkAccessibility();
  await sheet.getByLabel('Name', { exact: true }).fill(hostile);
  await sheet.getByRole('button', { name: 'Add channel' }).click();
  const made = page.getByRole('dialog', { name: /onerror/ });
  await made.waitFor();
  assert.match(page.url(), /\/channel\?open=\d+$/);

  upstream.on('/v1/chat/completions', upstreams.json({ error: { message: `no ${hostile}` } }, 500));
  await made.getByRole('button', { name: 'Test fake-small' }).click();
  await made.getByText('Failed', { exact: true }).waitFor();
  await made.getByText(/no <img src=x/).waitFor();
  await visit.screenshot('channel-test-failed');
  await visit.checkAccessibility();
  await made.getByText('Add', { exact: true }).click();
  await made.getByLabel('Further keys').fill(`${upstreamKey}-2`);
  rig.gateway.secret(`${upstreamKey}-2`);
  await made.getByRole('button', { name: 'Save' }).click();
  await made
    .getByText(/^Saved:/)
    .first()
    .waitFor();
  const [channel] = await itemsOf('/api/channel?keyword=onerror');
  assert.deepEqual(channel?.models, ['fake-large', 'fake-small']);
  assert.equal(await page.content().then((html) => html.includes(upstreamKey)), false);
  const keys = page.locator('tr', { hasText: 'onerror' }).locator('td').last();
  await until(async () => (await keys.textContent()) === '2');
});

test('priority is changed where it stands, and nonsense is not sent', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/channel?q=deepseek');
  const priority = page.getByLabel('Priority of deepseek');
  await priority.fill('7');
  await page.keyboard.press('Enter');
  await until(async () => (await itemsOf('/api/channel?keyword=deepseek'))[0]?.priority === 7);
  await priority.fill('many');
  await page.keyboard.press('Tab');
  await until(async () => (await priority.getAttribute('aria-invalid')) === 'true');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Escape');
  // The list that is shown may be that from before the change for a moment.
  await until(async () => (await priority.inputValue()) === '7');
});

test('what was typed into a sheet is not lost by Escape or Back', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/channel');
  await page.getByRole('link', { name: 'Add channel' }).click();
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('half typed');
  for (const leave of [() => page.keyboard.press('Escape'), () => page.goBack()]) {
    await leave();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Keep editing' }).click();
    assert.equal(await name.inputValue(), 'half typed');
  }
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click();
  await name.waitFor({ state: 'detached' });
});

test('an account is made, topped up, disabled with what that ends, and revoked by typing its name', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/user');
  await page.keyboard.press('c');
  const sheet = page.getByRole('dialog', { name: 'Create account' });
  await sheet.getByLabel('User name').fill('new-colleague');
  await sheet.getByRole('button', { name: 'Generate' }).click();
  await sheet.getByText('Unlimited balance').click();
  await sheet.getByLabel('Balance to begin with').fill('5');
  const password = await sheet.getByLabel('Password').inputValue();
  await sheet.getByRole('button', { name: 'Create account' }).click();
  const handOver = page.getByRole('dialog', { name: 'Hand the account over' });
  await handOver.getByText(`${rig.gateway.url}/console`).waitFor();
  await handOver.getByText(password, { exact: true }).waitFor();
  await visit.checkAccessibility();
  await handOver.getByRole('button', { name: 'Open the account' }).click();
  const account = page.getByRole('dialog', { name: 'new-colleague' });
  await account.getByLabel('Amount').fill('2.50');
  await account.getByText('The balance is then $7.50.').waitFor();
  await account.getByLabel('Reason').fill('Welcome');
  await account.getByRole('button', { name: 'Add to the balance' }).click();
  await account.getByText('Booked: $2.50').first().waitFor();

  await account.getByRole('button', { name: 'Disable' }).click();
  const ask = page.getByRole('alertdialog');
  await ask.getByText(/It has no keys\. It is not signed in\./).waitFor();
  await ask.getByText('No request runs now.').waitFor();
  await visit.checkAccessibility();
  await ask.getByRole('button', { name: 'Disable' }).click();
  await ask.getByText('new-colleague is disabled').waitFor();
  await ask.getByRole('button', { name: 'Close' }).click();
  const [stored] = await itemsOf('/api/user/search?keyword=new-colleague');
  assert.deepEqual([stored?.status, stored?.quota], [2, 3_750_000]);

  await account.getByRole('button', { name: 'Revoke everything' }).click();
  const last = ask.getByRole('button', { name: 'Revoke everything' });
  assert.equal(await last.isDisabled(), true);
  await ask.getByLabel('Type new-colleague to confirm').fill('new-colleague');
  await last.click();
  await ask.getByText('Everything of new-colleague is revoked').waitFor();
});

test('a top-up whose response is lost is booked once, however often it is sent', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/user?q=wen');
  await page.getByRole('row').getByRole('link', { name: 'wen' }).click();
  const account = page.getByRole('dialog', { name: 'wen' });
  const [before] = await itemsOf('/api/user/search?keyword=wen');
  visit.expectFault(/topup|ERR_FAILED/);
  await page.route('**/api/user/topup', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await account.getByLabel('Amount').fill('1.50');
  await account.getByLabel('Reason').fill('Once');
  await account.getByRole('button', { name: 'Add to the balance' }).click();
  await account.getByText('The gateway cannot be reached.').waitFor();
  await page.unroute('**/api/user/topup');
  await account.getByRole('button', { name: 'Add to the balance' }).click();
  await account.getByText('An earlier attempt was booked after all').waitFor();
  assert.equal(await account.getByLabel('Amount').inputValue(), '');
  const [after] = await itemsOf('/api/user/search?keyword=wen');
  assert.equal(Number(after?.quota) - Number(before?.quota), 750_000);
});

test('accounts are filtered by the server, the address keeps the filter, and a lower role says what stays', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/user');
  await page.getByLabel('Role').selectOption({ label: 'Administrator' });
  const names = async () => page.getByRole('row').getByRole('link').allTextContents();
  await until(async () => (await names()).join() === 'ana');
  assert.match(page.url(), /role=administrator/);
  await page.reload();
  await until(async () => (await names()).join() === 'ana');
  await page.getByRole('searchbox').fill('nobody at all');
  await page.getByRole('heading', { name: 'Nothing matches.' }).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await until(async () => (await names()).includes('wen'));
  await page.getByRole('row').getByRole('link', { name: 'ana' }).click();
  const sheet = page.getByRole('dialog', { name: 'ana' });
  await sheet.getByLabel('Role').selectOption({ label: 'User' });
  await sheet.getByText(/No running request ends\./).waitFor();
});

test('a price is set after a look at what a request costs by it, and a multiplier changes that', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/price');
  await page.keyboard.press('c');
  const sheet = page.getByRole('dialog', { name: 'Add price' });
  await sheet.getByLabel('Model', { exact: true }).fill('house-model');
  await sheet.getByLabel('Input', { exact: true }).fill('2');
  await sheet.getByLabel('Output', { exact: true }).fill('10');
  const total = sheet.getByRole('row', { name: /Charged/ });
  await until(async () => /\$0\.030/.test((await total.textContent()) ?? ''));
  await sheet.getByLabel('Group').fill('production');
  await until(async () => /times 1\.1 .*\$0\.033/.test((await total.textContent()) ?? ''));
  await sheet.getByRole('button', { name: 'Add price' }).click();
  await sheet.waitFor({ state: 'detached' });
  await page.getByRole('searchbox').fill('house');
  await page.getByRole('row', { name: /house-model.*\$2\.00.*\$10\.00/ }).waitFor();
});

test('sizes and qualities of a price are shown, changed and previewed', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  const price = { input: '0', output: '0', per_image: '0.04', variants: { hd: { per_image: '0.08' } } };
  const body = { models: [{ id: 'painter', ...price }] };
  assert.equal((await rig.gateway.call('PUT', '/api/price', { body })).json?.success, true);
  await visit.open('/price?open=painter');
  const sheet = page.getByRole('dialog', { name: 'painter' });
  const sizes = sheet.getByRole('group', { name: 'Sizes and qualities' });
  await until(
    async () => (await sizes.getByLabel('Size or quality', { exact: true }).first().inputValue()) === 'hd',
  );
  await sizes.getByRole('button', { name: 'Add size or quality' }).click();
  const added = sizes.getByLabel('Size or quality', { exact: true }).nth(1);
  await added.fill('hd');
  await sheet.getByRole('button', { name: 'Save' }).click();
  await sizes.getByText('This one is there twice.').first().waitFor();
  await added.fill('hd/1792x1024');
  await sizes.getByLabel('Image', { exact: true }).nth(1).fill('0.12');
  await sizes.getByText('This one is there twice.').first().waitFor({ state: 'detached' });
  assert.equal(await sizes.getByText('Enter a price.').count(), 0);
  await sheet.getByLabel('Pictures', { exact: true }).fill('3');
  await sheet.getByLabel('Size or quality', { exact: true }).last().fill('hd/1792x1024');
  await sheet.getByRole('row', { name: /^Image 3 \$0\.12 each \$0\.36$/ }).waitFor();
  await visit.checkAccessibility();
  await visit.screenshot('price-variants');
  await sheet.getByRole('button', { name: 'Save' }).click();
  await sheet.waitFor({ state: 'detached' });
  const { json } = await rig.gateway.call('GET', '/api/price?model=painter');
  const [stored] = nonEmpty((json?.data ?? []) as { variants?: object }[]);
  const changed = { hd: { per_image: '0.08' }, 'hd/1792x1024': { per_image: '0.12' } };
  assert.deepEqual(stored?.variants, changed);
});

test('prices are imported, all or none, and the refusal names the line', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/price?add=file');
  const sheet = page.getByRole('dialog', { name: 'Import' });
  await sheet.getByLabel('Content').fill('id,input,output\nimported-a,1,2\nimported-b,x,2\n');
  await sheet.getByRole('button', { name: 'Import prices' }).click();
  await sheet.getByRole('alert').waitFor();
  assert.match((await sheet.getByRole('alert').textContent()) ?? '', /line 3|input/i);
  await sheet.getByLabel('Content').fill('id,input,output\nimported-a,1,2\nimported-b,3,4\n');
  await sheet.getByRole('button', { name: 'Import prices' }).click();
  await sheet.getByText('2 prices are set').first().waitFor();
  assert.equal((await itemsOf('/api/price/search?keyword=imported-')).length, 2);
});

test('someone who is no administrator learns whom to ask', async (t) => {
  const password = 'password of wen';
  rig.gateway.secret(password);
  const [wen] = await itemsOf('/api/user/search?keyword=wen');
  await rig.gateway.call('PUT', '/api/user', { body: { id: wen?.id, password } });
  const visit = await rig.visit(t, { account: { username: 'wen', password } });
  for (const path of ['/channel', '/user', '/price']) {
    await visit.open(path);
    await visit.page.getByRole('heading', { name: 'Only administrators see this page' }).waitFor();
  }
});
