/** The keys page in a browser: create, copy, edit, filter, select, by pointer and by the keyboard alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { dataOf } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig();

const dialog = (page: Page) => page.getByRole('dialog');
const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const parameters = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
const isWiderThanScreen = (page: Page) => page.evaluate('document.documentElement.scrollWidth > innerWidth');

test('the keyboard alone creates a key and copies its value, which opens the gateway', async (t) => {
  const visit = await rig.visit(t);
  const { page, context } = visit;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await visit.open('/token');
  await page.keyboard.press('c');
  await dialog(page).waitFor();
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('button', { name: 'Test the key' }).waitFor();
  const value = await dialog(page).getByLabel('Value of by keyboard', { exact: true }).inputValue();
  // The value has the focus; the copy button follows.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await dialog(page).getByText('Copied').waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), value);
  const opened = await rig.gateway.call('GET', '/v1/models', { token: value });
  assert.equal(opened.status, 200);
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  await rowOf(page, 'by keyboard').waitFor();
  assert.deepEqual(parameters(page), {});
});

test('what was typed is lost to no Escape, no Back, and no ended session', async (t) => {
  const visit = await rig.visit(t);
  const { page, context } = visit;
  await visit.open('/token');
  await page.locator('[data-create]').click();
  const name = dialog(page).getByLabel('Name', { exact: true });
  await name.fill('kept');
  for (const leave of nonEmpty([() => page.keyboard.press('Escape'), () => page.goBack()])) {
    await leave();
    await page.getByText('Discard what you entered?').waitFor();
    await page.getByRole('button', { name: 'Keep editing' }).click();
    assert.equal(await name.inputValue(), 'kept');
  }
  await context.clearCookies();
  await dialog(page).getByRole('button', { name: 'Create API Key' }).click();
  await page.getByText('Your session has ended').waitFor();
  await page.getByRole('textbox', { name: 'Password' }).fill(rig.root.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your session has ended').waitFor({ state: 'hidden' });
  assert.equal(await name.inputValue(), 'kept');
  await dialog(page).getByRole('button', { name: 'Create API Key' }).click();
  await dialog(page).getByLabel('Value of kept', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Close without copying the value?').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await rowOf(page, 'kept').waitFor();
});

test('fields are checked before anything is sent, addresses line by line with the parser of the gateway', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/token?create=true');
  const submit = dialog(page).getByRole('button', { name: 'Create API Key' });
  await submit.click();
  await dialog(page).getByText('Enter a name.').waitFor();
  await dialog(page).getByLabel('Name', { exact: true }).fill('limited');
  await dialog(page).getByLabel('Unlimited quota').click();
  await dialog(page).getByLabel('Quota that is left').fill('2.5');
  await dialog(page).getByText('= 1,250,000 units').waitFor();
  await dialog(page).getByLabel('Budget', { exact: true }).selectOption('weekly');
  await dialog(page).getByLabel('Budget for each period').fill('0.5');
  await dialog(page).getByText('7 days').click();
  await dialog(page).getByText('Models, addresses and rate limits').click();
  await dialog(page).getByLabel('Allowed addresses').fill('10.0.0.0/8\n10.0.0.300\n2001:db8::5/32');
  await dialog(page).getByText('Line 2: “10.0.0.300” is neither').waitFor();
  await dialog(page).getByText('Line 3: 2001:db8::/32').waitFor();
  await submit.click();
  await dialog(page).getByText('Correct the lines that are marked below.').waitFor();
  await dialog(page).getByLabel('Allowed addresses').fill('127.0.0.0/8\n10.0.0.3');
  await dialog(page).getByLabel('Only chosen models').click();
  await dialog(page).getByRole('combobox', { name: 'Models' }).fill('demo');
  await page.getByRole('option').first().click();
  // The first closes the list. The second must neither take away the choice nor close the dialog.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await dialog(page).getByLabel('Requests a minute').fill('60');
  await submit.click();
  await dialog(page).getByLabel('Value of limited', { exact: true }).waitFor();
  const { items } = dataOf(await rig.gateway.call('GET', '/api/token/list?keyword=limited'));
  const [key] = items as Record<string, unknown>[];
  assert.deepEqual(
    [key?.remain_quota, key?.budget_quota, key?.budget_period, key?.allow_ips, key?.rpm_limit],
    [1_250_000, 250_000, 'weekly', '127.0.0.0/8\n10.0.0.3', 60],
  );
  assert.equal(key?.model_limits_enabled, true);
  const days = (Number(key?.expired_time) - Number(key?.created_time)) / 86_400;
  assert.ok(days > 6.9 && days < 7.1, String(days));
});

test('every filter, the order and the page are in the address, a whole value never is, and hidden columns stay so', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  const { id, value } = await rig.gateway.createKey({ name: 'needle', expired_time: -1 });
  for (let count = 0; count < 21; count += 1) {
    await rig.gateway.createKey({ name: `hay ${String(count).padStart(2, '0')}`, status: 2 });
  }
  await visit.open('/token');
  await page.getByLabel('Status').selectOption('disabled');
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  await page.getByText('1–20 of 21').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await rowOf(page, 'hay 20').waitFor();
  assert.deepEqual(parameters(page), { status: 'disabled', sort: 'name', order: 'asc', page: '2' });
  await page.reload();
  await rowOf(page, 'hay 20').waitFor();
  await page.goBack();
  await rowOf(page, 'hay 00').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('link', { name: /Never expires/ }).click();
  await rowOf(page, 'needle').waitFor();
  assert.equal(parameters(page).risk, 'never_expires');
  await page.getByRole('searchbox').fill('nothing like it');
  await page.getByText('No key matches').waitFor();
  await page.getByRole('searchbox').fill(value);
  await page.getByRole('heading', { name: 'needle', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/console/token/${id}`);
  await page.goBack();
  await page.getByRole('searchbox').fill(`sk-${'a'.repeat(48)}`);
  await page.getByText('None of your keys has this value.').waitFor();
  assert.ok(!page.url().includes('aaaa'));

  await visit.open('/token');
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Budget' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Created' }).click();
  await visit.checkAccessibility();
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByRole('columnheader', { name: 'Created' }).waitFor();
  assert.equal(await page.getByRole('columnheader', { name: 'Budget' }).count(), 0);
});

test('a page that is past the end gives way to the last one, on every list', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  for (let count = 0; count < 21; count += 1) {
    await rig.gateway.createKey({ name: `heap ${String(count).padStart(2, '0')}` });
  }
  await visit.open('/token?q=heap&status=enabled&sort=name&order=asc&page=2');
  await rowOf(page, 'heap 20').getByRole('button', { name: 'Actions for heap 20' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await rowOf(page, 'heap 00').waitFor();
  assert.equal(parameters(page).page, '1');
  const lists = ['token', 'model', 'channel', 'price', 'user', 'receipt', 'topup', 'personal'];
  for (const list of nonEmpty(lists)) {
    await visit.open(`/${list}?page=99&sessions=99`);
    const past = list === 'personal' ? 'sessions=99' : 'page=99';
    await page.waitForURL((url) => !url.search.includes(past));
  }
});

test('a thousand models are offered a hundred at a time, and all of them are found by typing', async (t) => {
  const models = Array.from({ length: 1000 }, (_, index) => `crowd-${index + 1000}`);
  await rig.gateway.createChannel('http://127.0.0.1:9', { models });
  const visit = await rig.visit(t);
  const { page } = visit;
  const offered = page.locator('datalist option');
  await visit.open('/token?create=true');
  await offered.first().waitFor({ state: 'attached' });
  assert.equal(await offered.count(), 100);
  await dialog(page).getByText('Models, addresses and rate limits').click();
  await dialog(page).getByLabel('Only chosen models').click();
  const field = dialog(page).getByRole('combobox', { name: 'Models' });
  await field.click();
  await page.getByText('The first 100 are shown.').waitFor();
  assert.equal(await page.getByRole('option').count(), 100);
  await visit.checkAccessibility();
  await field.fill('crowd-1999');
  await page.getByRole('option', { name: 'crowd-1999' }).waitFor();
  assert.equal(await page.getByText('The first 100 are shown.').count(), 0);
  await visit.open('/token');
  await page.getByLabel('May use model').pressSequentially('crowd-1999');
  await page.waitForURL((url) => url.searchParams.get('model') === 'crowd-1999');
});

test('the side sheet says what a narrower setting ends, and sends only what was changed', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  const { id } = await rig.gateway.createKey({ name: 'edited', rpm_limit: 60, content_log_days: 3 });
  await visit.open(`/token?edit=${id}`);
  const sheet = dialog(page);
  await sheet.getByLabel('Allowed addresses').waitFor();
  await sheet.getByLabel('Allowed addresses').fill('10.0.0.0/8');
  await sheet.getByText('Running requests from addresses that are no longer allowed are ended.').waitFor();
  // Changed meanwhile by someone else.
  await rig.gateway.call('PUT', '/api/token/', { body: { id, rpm_limit: 7 } });
  await sheet.getByRole('button', { name: 'Save' }).click();
  await sheet.waitFor({ state: 'hidden' });
  const saved = dataOf(await rig.gateway.call('GET', `/api/token/${id}`));
  const { allow_ips, rpm_limit, content_log_days } = saved;
  assert.deepEqual([allow_ips, rpm_limit, content_log_days], ['10.0.0.0/8', 7, 3]);
});

test('several keys are disabled, enabled and deleted at once, and one by its menu', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  const ids: number[] = [];
  for (const name of ['many a', 'many b', 'many c']) ids.push((await rig.gateway.createKey({ name })).id);
  await visit.open('/token?q=many');
  await page.getByLabel('Select many a').check();
  await page.getByLabel('Select many b').check();
  const bar = page.getByRole('region', { name: 'Selected keys' });
  await bar.getByText('2 keys selected').waitFor();
  await bar.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').getByText('No request runs now.').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await bar.getByRole('button', { name: 'Disable' }).click();
  const ask = page.getByRole('alertdialog', { name: 'Disable 2 keys?' });
  await ask.getByText('No request runs now.').waitFor();
  await visit.checkAccessibility();
  await ask.getByRole('button', { name: 'Disable 2 keys' }).click();
  await rowOf(page, 'many a').getByText('Disabled').waitFor();
  await rowOf(page, 'many b').getByText('Disabled').waitFor();
  await rowOf(page, 'many c').getByText('Active').waitFor();
  await bar.getByRole('button', { name: 'Enable' }).click();
  await rowOf(page, 'many a').getByText('Active').waitFor();
  await rowOf(page, 'many c').getByRole('button', { name: 'Actions for many c' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await rowOf(page, 'many c').getByText('Disabled').waitFor();
});

test('hostile names are text, and break no layout', async (t) => {
  const names = [
    '<img src=x onerror=alert(1)>',
    '\u202egnirts desrever',
    '界'.repeat(50),
    'W'.repeat(50),
    '👩‍👩‍👧‍👦'.repeat(6),
  ];
  const ids: number[] = [];
  for (const name of names) ids.push((await rig.gateway.createKey({ name })).id);
  const visit = await rig.visit(t);
  const { page } = visit;
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    await visit.open('/token?order=desc');
    for (const name of nonEmpty(names)) {
      assert.equal(await page.getByRole('link', { name, exact: true }).textContent(), name);
    }
    assert.equal(await page.locator('main img').count(), 0);
    assert.equal(await isWiderThanScreen(page), false, `list at ${width}`);
    await visit.screenshot(`keys-hostile-${width}`);
    await visit.open(`/token/${ids[2]}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await isWiderThanScreen(page), false, `key at ${width}`);
    await visit.open(`/token?edit=${ids[3]}`);
    await dialog(page).getByLabel('Name', { exact: true }).waitFor();
    assert.equal(await isWiderThanScreen(page), false, `sheet at ${width}`);
    await visit.checkAccessibility();
  }
});

test('a key has a page with its usage, requests and limits; an unknown one says so', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  const { id, value } = await rig.gateway.createKey({ name: 'used', rpm_limit: 5 });
  const body = { model: 'demo-chat', messages: [{ role: 'user', content: 'hello' }] };
  const reply = await rig.gateway.call('POST', '/v1/chat/completions', { token: value, body });
  assert.equal(reply.status, 200, reply.text);
  await visit.open(`/token/${id}`);
  await page.getByRole('heading', { name: 'used', level: 1 }).waitFor();
  await page.getByRole('table', { name: 'Last requests' }).getByText('demo-chat').waitFor();
  await page.getByRole('slider').waitFor();
  await page.getByText('Requests', { exact: true }).first().click();
  assert.equal(parameters(page).show, 'requests');
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByText('Disabled').first().waitFor();
  await page.getByRole('button', { name: 'Show the value of used' }).click();
  assert.equal(await page.getByLabel('Value of used', { exact: true }).inputValue(), value);
  await visit.open('/token/999999');
  await page.getByText('There is no such key').waitFor();
});
