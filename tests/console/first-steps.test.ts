/** The first steps: from signing in to a streamed response in one click, until they are done or dismissed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { dataOf } from '../support/gateway.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig({ env: { HALLEY_KEYS_REVEAL: 'once' } });

it('leads from nothing to a streamed response in two clicks, then to an upstream and a key', async (t) => {
  const { gateway } = rig;
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/');
  await page.getByRole('main').getByRole('link', { name: 'Get started' }).click();
  await page.getByText('this makes one named “demo”').waitFor();
  await page.getByRole('button', { name: 'Send the demo request' }).click();
  await page.getByText("This is Halley's demo model").waitFor();
  await page.getByText('Cost', { exact: true }).waitFor();
  await page.getByText('Done').waitFor();
  await visit.screenshot('start-sent');
  const keys = dataOf(await gateway.call('GET', '/api/token/list')).items as readonly {
    name: string;
    unlimited_quota: boolean;
    remain_quota: number;
  }[];
  assert.deepEqual(
    keys.map(({ name, unlimited_quota }) => [name, unlimited_quota]),
    [['demo', false]],
  );
  assert.ok((keys[0]?.remain_quota ?? 0) < 50_000, 'the request was charged to it');
  await page.getByRole('link', { name: 'Create an API key' }).waitFor();

  await gateway.createKey({ name: 'website' });
  await gateway.createChannel('http://127.0.0.1:9');
  await visit.open('/start');
  await page.getByText('All steps are done').waitFor();
  await page.getByText('YOUR_API_KEY').waitFor();
  await page.getByRole('tab', { name: 'Claude Code' }).click();
  await page.getByText('export ANTHROPIC_BASE_URL=').waitFor();
  await page.getByRole('combobox', { name: 'Model' }).selectOption('demo-chat');
  await page.getByRole('button', { name: 'Test the key' }).click();
  await page.getByText('The key works.').first().waitFor();
  await page.getByRole('button', { name: 'Go to Overview' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Get started' }).count(), 0);
});

it('can be dismissed, and has no step for channels where the account manages none', async (t) => {
  const name = { username: 'ana', password: 'password of ana' };
  dataOf(await rig.gateway.call('POST', '/api/user/', { body: { ...name, unlimited_quota: true } }));
  const visit = await rig.visit(t, { account: name, width: 360, height: 780, colorScheme: 'dark' });
  const { page } = visit;
  await visit.open('/start');
  await page.getByText('Make your first key').waitFor();
  assert.equal(await page.getByText('Connect an upstream').count(), 0);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
  await page.getByRole('button', { name: 'Do not show this again' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await visit.open('/personal');
  assert.equal(await page.getByRole('link', { name: 'Get started' }).count(), 0);
});
