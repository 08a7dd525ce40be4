/** Deleting keys in the browser, on a fleet of three nodes; and the pages of their receipts. */
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { SignedReceipt } from '../../src/domain/receipt.ts';
import { type PublicReceiptKey, verifyReceipt } from '../../src/revocation/receipt-signature.ts';
import { type Fleet, startFleet } from '../fleet/fleet.ts';
import {
  type Credentials,
  rootCredentials,
  startBrowser,
  type TestBrowser,
  type Visit,
  type VisitOptions,
} from '../support/browser.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { buildPages } from './built-pages.ts';

let fleet: Fleet;
let browser: TestBrowser;
let root: Credentials;

/** Longer than a busy machine stands still, so that no stream ends for another reason than the deletion. */
const leaseMs = 6000;

before(async () => {
  await buildPages();
  [fleet, browser] = await Promise.all([startFleet({ nodes: 3, leaseMs }), startBrowser()]);
  root = await rootCredentials(fleet.node(0).gateway);
});
after(async () => {
  await browser?.close();
  await fleet?.stop();
});

const visitNode = (t: TestContext, node: number, options: VisitOptions = {}): Promise<Visit> =>
  browser.visit(t, fleet.node(node).gateway, { account: root, ...options });

async function get(path: string): Promise<Record<string, unknown>> {
  const { url } = fleet.node(0).gateway;
  const response = await fetch(url + path, { headers: { authorization: fleet.token } });
  return (await response.json()) as Record<string, unknown>;
}

const receiptOf = async (keyId: number) => (await get(`/api/receipt/key/${keyId}`)).data as SignedReceipt;

/** Opens the dialog that asks before a key is deleted. */
async function askToDelete({ page, open }: Visit, name: string): Promise<void> {
  await open(`/token?q=${encodeURIComponent(name)}`);
  await page
    .getByRole('row')
    .filter({ hasText: name })
    .getByRole('button', { name: /^Actions/ })
    .click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').waitFor();
}

const dead = ({ page }: Visit) => page.getByText('Dead on every node', { exact: true }).waitFor();

async function assertGenuine(signed: SignedReceipt): Promise<void> {
  const { keys } = await get('/.well-known/halley-receipt-keys.json');
  assert.equal(verifyReceipt(signed, keys as PublicReceiptKey[]), undefined);
}

test('a stream in one window ends when its key is deleted in another, and the record shows every node', async (t) => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'streaming' });
  const [streaming, deleting] = [await visitNode(t, 1), await visitNode(t, 0)];
  await streaming.open(`/playground?key=${key.id}&model=test-model`);
  await streaming.page.getByLabel('Message').fill('never ends');
  await streaming.page.getByRole('button', { name: 'Send' }).click();
  await streaming.page.getByRole('button', { name: 'Stop' }).waitFor();
  await askToDelete(deleting, 'streaming');
  const { page } = deleting;
  await page.getByText('One request runs now. It is ended at once.').waitFor();
  await deleting.screenshot('delete-running');
  await deleting.checkAccessibility();
  await page.getByLabel(/^Type .*streaming/).fill('streaming');
  await page.getByRole('button', { name: 'Delete key' }).click();
  await dead(deleting);
  for (const name of nonEmpty(['node0', 'node1', 'node2'])) {
    await page.getByRole('alertdialog').getByRole('listitem').filter({ hasText: name }).waitFor();
  }
  await deleting.screenshot('delete-done');
  await deleting.checkAccessibility();
  await streaming.page
    .getByText(/revoked/i)
    .first()
    .waitFor();
  await streaming.screenshot('delete-stream-ended');
  const signed = await receiptOf(key.id);
  await assertGenuine(signed);
  assert.deepEqual(
    signed.receipt.nodes.map(({ name, way, ended }) => [name, way, ended]),
    [
      ['node0', 'made', 0],
      ['node1', 'acknowledged', 1],
      ['node2', 'acknowledged', 0],
    ],
  );
  await page.getByRole('link', { name: `Open receipt ${signed.receipt.id}` }).click();
  await page.getByRole('heading', { name: `Receipt ${signed.receipt.id}` }).waitFor();
  await page.getByRole('cell', { name: 'acknowledged' }).first().waitFor();
});

test('a silent node is named while its lease counts down, and the receipt says what it cannot know', async (t) => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'silent' });
  const visit = await visitNode(t, 0);
  const { page } = visit;
  await askToDelete(visit, 'silent');
  fleet.node(2).pause();
  await page.getByLabel(/^Type .*silent/).fill('silent');
  await page.keyboard.press('Enter');
  const waiting = page.getByRole('listitem').filter({ hasText: 'node2' });
  await waiting.getByText(/at most/).waitFor();
  await visit.screenshot('delete-waiting');
  await dead(visit);
  fleet.node(2).resume();
  const signed = await receiptOf(key.id);
  await assertGenuine(signed);
  await visit.screenshot('delete-silent-done');
  await page.getByRole('link', { name: 'Open receipt' }).click();
  await page.getByText('not known').first().waitFor();
  await visit.screenshot('receipt-silent');
  await visit.checkAccessibility();
});

test('by keyboard alone: ask, type the name, delete, hear every step, close', async (t) => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'by keyboard' });
  const visit = await visitNode(t, 0);
  const { page } = visit;
  await visit.open('/token?q=by%20keyboard');
  await page.evaluate(`
    window.heard = [];
    const region = document.querySelector('[aria-live=polite]');
    new MutationObserver(() => window.heard.push(region.textContent))
      .observe(region, { childList: true, subtree: true });
  `);
  await page.getByRole('button', { name: 'Actions for by keyboard' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  const focused = () => page.locator(':focus').textContent();
  assert.equal(await focused(), 'Cancel', 'the least harmful control');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await dead(visit);
  assert.equal(await focused(), 'Close');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor({ state: 'hidden' });
  // The row is gone, so the page has the focus.
  await page.locator('#page-title:focus').waitFor();
  const heard: string[] = await page.evaluate('window.heard');
  assert.ok(
    heard.some((text) => /3 of 3 nodes/.test(text)),
    heard.join(' | '),
  );
  assert.match(heard.at(-1) ?? '', /The key is dead on every node, after/);
  assert.equal((await receiptOf(key.id)).receipt.requested_by.credential, 'session');
});

test('holding the button deletes; a click does not, and neither does a button that is let go', async (t) => {
  await fleet.settle();
  await fleet.createKey({ name: 'held' });
  const visit = await visitNode(t, 0);
  const { page } = visit;
  await askToDelete(visit, 'held');
  const button = page.getByRole('button', { name: 'Delete key' });
  await button.click();
  const hint = page.getByRole('alertdialog').getByText('Not deleted yet: type it, or hold the button');
  await hint.waitFor();
  await button.click({ delay: 200 });
  assert.equal(await page.getByLabel(/^Type .*held/).isEnabled(), true);
  await button.hover();
  await page.mouse.down();
  await dead(visit);
  await page.mouse.up();
});

test('a name of markup, marks that turn text around, and emoji names the whole key and breaks nothing', async (t) => {
  await fleet.settle();
  const name = '<img src=x onerror=alert(1)>‮🗝'.repeat(1);
  await fleet.createKey({ name });
  const visit = await visitNode(t, 0, { width: 360, height: 740 });
  const { page } = visit;
  await askToDelete(visit, '<img src=x');
  const dialog = page.getByRole('alertdialog');
  assert.ok((await dialog.textContent())?.includes(name));
  assert.equal(await dialog.locator('img').count(), 0);
  await visit.screenshot('delete-hostile-360');
  await page.getByLabel(/^Type/).fill(name);
  await page.getByRole('button', { name: 'Delete key' }).click();
  await dead(visit);
  await visit.screenshot('delete-hostile-done-360');
  await page.getByRole('link', { name: 'Open receipt' }).click();
  await page.getByRole('heading', { name: /^Receipt/ }).waitFor();
  await visit.screenshot('receipt-360');
  await visit.checkAccessibility();
  const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
  assert.ok(Number(overflow) <= 0, `the page is ${overflow} px too wide`);
});

test('several keys are deleted at once, after their number was typed', async (t) => {
  await fleet.settle();
  for (const name of ['many one', 'many two', 'many three']) await fleet.createKey({ name });
  const visit = await visitNode(t, 0, { colorScheme: 'dark' });
  const { page } = visit;
  await visit.open('/token?q=many');
  await page.getByLabel('Select all rows of this page').check();
  await page.getByRole('region', { name: 'Selected keys' }).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').waitFor();
  await visit.screenshot('delete-many-dark');
  await page.getByLabel(/^Type .*3.*number of keys/).fill('3');
  await page.getByRole('button', { name: 'Delete 3 keys' }).click();
  await dead(visit);
  await visit.screenshot('delete-many-done-dark');
  await visit.checkAccessibility();
  await page.getByRole('link', { name: 'See 3 receipts' }).click();
  await page.getByRole('row').filter({ hasText: 'many two' }).waitFor();
});

test('receipts are found by the name of the key', async (t) => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'found' });
  await fleet.node(0).gateway.call('DELETE', `/api/token/${key.id}`);
  const { receipt: signed } = await receiptOf(key.id);
  const visit = await visitNode(t, 0);
  const { page } = visit;
  await visit.open('/receipt?q=nowhere');
  await page.getByText('No receipt matches').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  const row = page.getByRole('row').filter({ hasText: 'found' });
  await row.getByRole('link').click();
  await page.waitForURL(/receipt\/\d+$/);
  await page.getByText(signed.key.digest_prefix).waitFor();
});

test('a receipt leads to the audit entry of its request, and the entry back to the receipt', async (t) => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'traced' });
  await fleet.node(0).gateway.call('DELETE', `/api/token/${key.id}`);
  const { receipt: signed } = await receiptOf(key.id);
  const { page, open } = await visitNode(t, 0);
  await open(`/receipt/${signed.id}`);
  await page.getByRole('link', { name: signed.requested_by.request_id }).click();
  await page.getByRole('link', { name: 'API key traced' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Show the receipt' }).click();
  await page.waitForURL(new RegExp(`/receipt\\?.*key=${key.id}`));
  await page.getByRole('row').filter({ hasText: 'traced' }).getByRole('link').click();
  await page.waitForURL(new RegExp(`/receipt/${signed.id}$`));
});
