/** The overview and the usage page, in a browser before a gateway whose usage is known. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { readCsv } from '../../src/domain/csv.ts';
import type { VisitOptions } from '../support/browser.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { startConsoleRig } from './rig.ts';
import { hostileName, seedUsage, smallestSpend, zoneAtNoon } from './usage-data.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'halley-usage-'));
const token = `root-${randomBytes(18).toString('base64url')}`;
const zone = zoneAtNoon();
let keyId = 0;

before(async () => {
  keyId = await seedUsage(dataDir, token, zone);
});
const rig = startConsoleRig({ dataDir, env: { HALLEY_BOOTSTRAP_TOKEN: token } });
after(() => rm(dataDir, { recursive: true, force: true }));

async function visitIn(t: TestContext, options: VisitOptions = {}) {
  const visit = await rig.visit(t, options);
  await visit.context.addInitScript(
    // The first page of a window has no origin, and so no storage.
    `if (origin !== 'null') localStorage.setItem('halley.time_zone', '${zone}')`,
  );
  return visit;
}

test('the overview shows today in the viewer’s zone, what came before, and where it went', async (t) => {
  const visit = await visitIn(t);
  const { page } = visit;
  await visit.open('/');
  await page.getByText(`Days are those of ${zone}.`).waitFor();
  // Seven days of two cents, a dollar, and one unit.
  await page.getByText('$1.14', { exact: true }).first().waitFor();
  await page.getByText('+714% from $0.14', { exact: true }).waitFor();
  await page.getByText('Today', { exact: true }).click();
  await page.getByText('$1.02', { exact: true }).first().waitFor();
  assert.match(page.url(), /\/console\/?\?days=1$/);
  await page.reload();
  await page.getByText('$1.02', { exact: true }).first().waitFor();
  await page.getByText('Unlimited', { exact: true }).waitFor();
  await page.getByRole('meter', { name: /^Budget of / }).waitFor();
  await page.getByText('1 node well').waitFor();
  // Nothing that was charged shows as nothing.
  const smallest = page.getByRole('listitem').filter({ hasText: smallestSpend });
  await smallest.getByText('$0.0000020', { exact: true }).waitFor();
  await smallest.getByRole('link').click();
  await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('model'), smallestSpend);
  await page.getByRole('button', { name: `Remove the filter Model ${smallestSpend}` }).click();
  await page.getByText('$1.14', { exact: true }).first().waitFor();
});

test('all that chooses what is shown stands in the address, and comes back with it', async (t) => {
  const visit = await visitIn(t);
  const { page } = visit;
  await visit.open('/usage');
  for (const choice of nonEmpty(['30 days', 'Key', 'Table', 'All accounts'])) {
    await page.getByRole('radio', { name: choice, exact: true }).check();
  }
  await page.getByRole('radio', { name: /^Requests/ }).check();
  await page.getByRole('switch', { name: 'Compare with the period before' }).uncheck();
  const { searchParams } = new URL(page.url());
  assert.deepEqual(Object.fromEntries(searchParams), {
    period: '30d',
    by: 'key',
    view: 'table',
    scope: 'all',
    metric: 'requests',
    compare: 'false',
  });
  await page.reload();
  const table = page.getByRole('table', { name: 'Requests over time' });
  await table.waitFor();
  assert.equal(await page.getByText(/ from /).count(), 0);
  // Markup in the name of a key is text, and its bidirectional marks do not reach the text around it.
  const header = table.getByRole('columnheader', { name: hostileName });
  await header.waitFor();
  await page.goBack();
  await page.getByRole('switch', { name: 'Compare with the period before', checked: true }).waitFor();
});

test('a chart is read by keys, stretch by stretch, and says what is not over yet', async (t) => {
  const visit = await visitIn(t);
  const { page } = visit;
  await visit.open('/usage?by=model&compare=false');
  const reader = page.getByRole('slider', { name: 'Spend over time' });
  await reader.focus();
  const said = () => reader.getAttribute('aria-valuetext');
  assert.match(
    String(await said()),
    /\(so far\), model-b: \$1\.00, model-a: \$0\.020, model-of-one-unit: \$0\.0000020$/,
  );
  await page.keyboard.press('ArrowLeft');
  assert.match(String(await said()), /^[^(]*, model-b: \$0, model-a: \$0\.020, model-of-one-unit: \$0$/);
  await page.keyboard.press('Home');
  assert.equal(await reader.inputValue(), '0');
  await visit.open('/usage?metric=success&by=none&period=30d&compare=false');
  await reader.waitFor({ state: 'detached' });
  const rates = page.getByRole('slider', { name: 'Success rate over time' });
  await rates.focus();
  assert.match(String(await rates.getAttribute('aria-valuetext')), /Success rate: 100%$/);
  await page.keyboard.press('ArrowLeft');
  assert.match(String(await rates.getAttribute('aria-valuetext')), /Success rate: 50%$/);
  await page.keyboard.press('Home');
  // A rate of no requests is none, and not 0 %.
  assert.match(String(await rates.getAttribute('aria-valuetext')), /Success rate: None$/);
});

test('the log opens with the same time and filters', async (t) => {
  const visit = await visitIn(t);
  const { page } = visit;
  await visit.open('/usage?model=model-b&period=1d');
  await page.getByRole('link', { name: 'Show logs' }).click();
  await page.getByRole('heading', { name: 'Logs', level: 1 }).waitFor();
  const { searchParams } = new URL(page.url());
  assert.equal(searchParams.get('model'), '["model-b"]');
  assert.equal(Number(searchParams.get('from')) % 3600, 0);
  await page.getByRole('cell', { name: '$1.00' }).waitFor();
});

test('the CSV is that of the page: the same days, filters and zone, and it adds up', async (t) => {
  const visit = await visitIn(t);
  const { page } = visit;
  await visit.open(`/usage?by=key&token_id=${keyId}&period=7d&model=model-a`);
  await page.getByText('$0.14', { exact: true }).first().waitFor();
  const href = await page.getByRole('link', { name: 'Download CSV' }).getAttribute('href');
  const reply = await page.request.get(`${rig.gateway.url}${href}`);
  const [head, ...lines] = readCsv(await reply.text()).map(({ cells }) => cells);
  const rows = lines.map((cells) => Object.fromEntries(cells.map((cell, at) => [head?.[at], cell])));
  const total = rows.filter(({ line }) => line === 'total');
  assert.equal(total.length, 7);
  assert.deepEqual(
    new Set(total.map(({ quota, time_zone }) => `${quota} ${time_zone}`)),
    new Set([`10000 ${zone}`]),
  );
  assert.deepEqual(
    new Set(rows.filter(({ line }) => line === 'series').map(({ name }) => name)),
    new Set([hostileName]),
  );
});

test('own days are picked in the browser’s date fields, in their order alone', async (t) => {
  const visit = await visitIn(t);
  const { page } = visit;
  await visit.open('/usage?compare=false');
  await page.getByRole('radio', { name: 'Dates' }).check();
  const [first, last] = [page.getByLabel('First day'), page.getByLabel('Last day')];
  const day = await last.inputValue();
  await first.fill(day);
  await page.getByText('$1.02', { exact: true }).first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get('period'), `${day}..${day}`);
  await last.fill('2020-01-01');
  await page.getByText('The first day must not be after the last.').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('period'), `${day}..${day}`);
  await visit.checkAccessibility();
});

test('a time without usage says what to do, and a failure can be tried again', async (t) => {
  const visit = await visitIn(t);
  const { page } = visit;
  await visit.open('/usage?period=2020-01-01..2020-01-02');
  await page.getByRole('heading', { name: 'Nothing was used in this time' }).waitFor();
  await visit.open('/usage?period=9999d');
  const alert = page.getByRole('alert');
  await alert.getByText(/at most 1830 days before the end/).waitFor();
  await visit.checkAccessibility();
  await page.getByText('7 days', { exact: true }).click();
  await page.getByText('$1.14', { exact: true }).first().waitFor();
  assert.equal(await alert.count(), 0);
});
