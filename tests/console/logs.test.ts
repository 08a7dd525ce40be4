/** The log and the wallet, in a browser before a gateway with the demo upstream. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { createAccount } from '../support/accounts.ts';
import { dataOf, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig();
const hostileName = '<img src=x onerror=alert(1)> \u202egnp.live 漢字漢字漢字';
let other: TestKey;

/** Sends one chat request and waits for its record. @returns its id */
async function ask(value: string, model = 'demo-chat', content = 'hi'): Promise<string> {
  const response = await fetch(`${rig.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  });
  await response.text();
  const id = response.headers.get('x-request-id') ?? '';
  const found = () => rig.gateway.call('GET', `/api/log/detail?request_id=${id}`);
  await until(async () => (await found()).json?.success === true);
  return id;
}

const focusedRow = "document.activeElement?.getAttribute('data-row')";

const rows = (page: Page) => page.locator('a[data-row]');
const rowOf = (page: Page, id: string) => page.locator(`a[data-row="${id}"]`);

test('without a request, the log says what to do first; it passes axe', async (t) => {
  const visit = await rig.visit(t);
  await visit.open('/log');
  await visit.page.getByRole('heading', { name: 'No requests yet' }).waitFor();
  await visit.checkAccessibility();
  await visit.screenshot('log-first');
});

/** Ids of requests: answered ones, and one whose upstream cannot be reached. */
const ids = { first: '', hostile: '', failed: '' };

async function someRequests(): Promise<void> {
  if (ids.failed !== '') return;
  const { gateway } = rig;
  const key = await gateway.createKey({ name: hostileName, content_log_days: 1 });
  other = await gateway.createKey({ name: 'other' });
  // Nothing listens on port 9.
  await gateway.createChannel('http://127.0.0.1:9', { name: 'down', models: ['broken'] });
  ids.first = await ask(other.value);
  ids.failed = await ask(other.value, 'broken');
  ids.hostile = await ask(key.value, 'demo-chat', '</script><b>bold</b> \u202e 😀');
}

test('filters are in the address, hold after a reload, and one that matches nothing says so', async (t) => {
  await someRequests();
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/log');
  await rowOf(page, ids.hostile).waitFor();
  assert.equal(await rows(page).count(), 3);
  await page.getByLabel('Status', { exact: true }).selectOption('error');
  await page.waitForURL(/state=error/);
  await until(async () => (await rows(page).count()) === 1);
  await page.reload();
  await rowOf(page, ids.failed).waitFor();
  assert.equal(await rows(page).count(), 1);
  await page.locator('tbody').getByText('upstream_unreachable', { exact: true }).waitFor();
  await visit.open('/log?model=%5B%22none%22%5D');
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  await page.getByRole('main').getByRole('button', { name: 'All accounts' }).click();
  await page.waitForURL(/all=/);
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'All accounts' }).count(), 0);
  await page.getByRole('button', { name: 'Filters', exact: true }).first().click();
  await page.getByRole('combobox', { name: 'Account', exact: true }).fill('roo');
  await page.getByRole('option', { name: 'root' }).click();
  await page.waitForURL(/user=root/);
  await page.getByRole('combobox', { name: 'Channel', exact: true }).click();
  await page.getByRole('option').first().click();
  await page.waitForURL(/channel=\d+/);
  await page.getByRole('main').getByRole('button', { name: 'Clear filters' }).last().click();
  await until(async () => (await rows(page).count()) === 3);
});

test('by the keyboard: from row to row, into a request, on to the next, and back to its row', async (t) => {
  await someRequests();
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/log');
  await rowOf(page, ids.hostile).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  assert.equal(await page.evaluate(focusedRow), ids.failed);
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog');
  await sheet.getByText(ids.failed).first().waitFor();
  await sheet.getByText('Could not be reached', { exact: true }).waitFor();
  const about = await sheet.getByRole('link', { name: 'About this error' }).getAttribute('href');
  assert.equal(about, '/docs/reference/errors#upstream_unreachable');
  const upstream = sheet.getByRole('link', { name: /^Try 1/ });
  assert.match((await upstream.getAttribute('href')) ?? '', /\/channel\?open=\d+$/);
  await page.waitForURL(new RegExp(`request=${ids.failed}`));
  await page.keyboard.press('j');
  await page.waitForURL(new RegExp(`request=${ids.first}`));
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /request=/);
});

test('a request shows its phases, its charge in terms, and hostile texts as texts', async (t) => {
  await someRequests();
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open(`/log?request=${ids.hostile}`);
  const sheet = page.getByRole('dialog');
  await sheet.getByText('Wait for the first byte').waitFor();
  await sheet.getByText('Exact sum').waitFor();
  await sheet.getByText(hostileName).waitFor();
  await sheet.getByRole('button', { name: 'Show prompt and answer' }).click();
  await sheet.getByText('</script><b>bold</b>').first().waitFor();
  await visit.checkAccessibility();
  await visit.screenshot('log-request');
  const entries = dataOf(await rig.gateway.call('GET', '/api/audit?object_type=content'));
  assert.equal(nonEmpty(entries.items as object[]).length, 1);
});

/** Sends a request of another kind, and waits for its record. @returns its id */
async function send(path: string, body: object): Promise<string> {
  const key = await rig.gateway.createKey({ name: 'kinds' });
  const response = await fetch(`${rig.gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  assert.equal(response.status, 200);
  const id = response.headers.get('x-request-id') ?? '';
  const found = () => rig.gateway.call('GET', `/api/log/detail?request_id=${id}`);
  await until(async () => (await found()).json?.success === true);
  return id;
}

test('a request that used characters or pictures says so in the list, its details and its key', async (t) => {
  const { gateway } = rig;
  const free = { input: '0', output: '0' };
  const models = [
    { id: 'demo-speech', ...free, characters: '15' },
    { id: 'demo-image', ...free, per_image: '0.04', variants: { low: { per_image: '0.08' } } },
    { id: 'demo-moderation', ...free },
  ];
  dataOf(await gateway.call('PUT', '/api/price', { body: { models } }));
  const spoken = await send('/v1/audio/speech', { model: 'demo-speech', input: 'Hello there', voice: 'a' });
  const drawn = { model: 'demo-image', prompt: 'a dot', n: 2 };
  const painted = await send('/v1/images/generations', drawn);
  const moderated = await send('/v1/moderations', { model: 'demo-moderation', input: 'hi' });
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/log?range=1h');
  await page
    .getByRole('row')
    .filter({ has: rowOf(page, spoken) })
    .getByText('11 characters')
    .waitFor();
  await rowOf(page, spoken).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByText('Characters spoken').waitFor();
  assert.equal(await sheet.getByText('Input tokens').count(), 0);
  await visit.checkAccessibility();
  await visit.screenshot('log-speech');
  await visit.open(`/log?request=${painted}`);
  await sheet.getByText('Pictures made').waitFor();
  await sheet.getByText('quality and size low/64x64', { exact: false }).waitFor();
  await visit.screenshot('log-picture');
  await visit.open(`/log?request=${moderated}`);
  await sheet.getByText('Moderation is free unless its model has a price.').waitFor();
});

test('followed live, the list grows by what the filter means and by nothing else', async (t) => {
  await someRequests();
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/log?state=error&live=true');
  await rowOf(page, ids.failed).waitFor();
  const fine = await ask(other.value);
  const failed = await ask(other.value, 'broken');
  await rowOf(page, failed).waitFor();
  assert.equal(await rowOf(page, fine).count(), 0);
  assert.equal(await rows(page).count(), 2);
});

test('an export says how much comes, can be cancelled, and saves what the filter means', async (t) => {
  await someRequests();
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/log?state=ok');
  await rowOf(page, ids.first).waitFor();
  const count = await rows(page).count();
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`About ${count} lines.`).waitFor();
  await visit.checkAccessibility();
  const held = '**/api/log/self/export*';
  await page.route(held, () => {});
  await dialog.getByRole('button', { name: 'Download' }).click();
  const ended = page.waitForEvent('requestfailed');
  await dialog.getByRole('button', { name: 'Cancel export' }).click();
  assert.match((await ended).url(), /export/);
  await page.unroute(held);
  const downloaded = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download' }).click();
  const text = await readFile(await (await downloaded).path(), 'utf8');
  assert.equal(text.trimEnd().split('\r\n').length, count + 1);
  await dialog.getByText(`Saved: ${count} lines`).waitFor();
});

test('a wallet adds up, lists top-ups with their reasons, and says when nothing is left', async (t) => {
  const { gateway } = rig;
  const account = await createAccount(gateway, 'ana', { quota: 1_000_000 });
  const reason = '<b>invoice</b> \u202e7102';
  const topup = { user_id: account.id, money: '3.50', reason };
  dataOf(await gateway.call('POST', '/api/user/topup', { body: topup }));
  const visit = await rig.visit(t, { account: { username: 'ana', password: 'password of ana' } });
  const { page } = visit;
  await visit.open('/topup');
  const sum = page.locator('dl').filter({ hasText: 'Charged by requests' });
  assert.equal(await sum.textContent(), 'Added$5.50Charged by requests$0Balance$5.50');
  await page.getByText(reason).waitFor();
  await visit.checkAccessibility();
  await page.getByText('Opening', { exact: true }).first().click();
  await page.waitForURL(/kind=opening/);
  await page.getByText(reason).waitFor({ state: 'detached' });
  dataOf(await gateway.call('PUT', '/api/user/', { body: { id: account.id, quota: 0 } }));
  await page.reload();
  await page.getByText('Your balance is used up').waitFor();
  await visit.checkAccessibility();
});
