/** Jobs in the console: the list, the sheet of one, the playground's videos, and the dialog that deletes their key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealtimeSocket } from '../realtime/socket.ts';
import { createAccount } from '../support/accounts.ts';
import { dataOf } from '../support/gateway.ts';
import { startJobUpstream } from '../support/job-upstream.ts';
import { until } from '../support/until.ts';
import { startConsoleRig } from './rig.ts';
import { heldJob } from './sweep/jobs.ts';

const rig = startConsoleRig();

const send = (value: string, prompt: string, model = 'demo-video') =>
  rig.gateway.call('POST', '/v1/videos', {
    token: `Bearer ${value}`,
    body: { model, prompt, seconds: '8' },
  });

const stateOf = async (id: string) => {
  const { items } = dataOf(await rig.gateway.call('GET', `/api/task?task_id=${id}`));
  return (items as readonly Record<string, unknown>[])[0];
};

test('without a job, the list says what one is and leads to the playground; an old address leads here', async (t) => {
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/midjourney');
  await page.waitForURL(/\/task\?vendor=midjourney/);
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('heading', { name: 'No job yet' }).waitFor();
  await page.getByRole('link', { name: 'Make a video' }).click();
  await page.waitForURL(/\/playground\?pane=video/);
  await page.getByRole('heading', { name: 'You have no key yet' }).waitFor();
});

test('a video is made in the playground, shown when it is done with what it cost, found again after a reload, and deleted', async (t) => {
  const key = await rig.gateway.createKey({ name: 'films' });
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open(`/playground?pane=video&key=${key.id}&model=demo-video`);
  await page.getByLabel('What the video shows').fill('waves');
  await page.getByLabel('Seconds').selectOption('8');
  await page.getByRole('button', { name: 'Code' }).click();
  await page.getByRole('dialog').getByText('"prompt": "waves"').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Make the video' }).click();
  await page.waitForURL(/job=job_/);
  const job = page.getByRole('region', { name: 'This job' });
  await job.getByText('Running').waitFor();
  await page.reload();
  await job.getByText('Running').waitFor();
  const id = new URL(page.url()).searchParams.get('job') ?? '';
  await job.getByRole('img', { name: 'Result of the job' }).waitFor({ timeout: 60_000 });
  await until(() => page.evaluate('document.querySelector("main img").naturalWidth > 0'));
  const task = await stateOf(id);
  assert.equal(task?.state, 'succeeded');
  const downloading = page.waitForEvent('download');
  await job.getByRole('link', { name: 'Download' }).click();
  assert.equal((await downloading).suggestedFilename(), `${id}.gif`);
  await visit.screenshot('playground-video');
  await visit.checkAccessibility();
  await job.getByRole('button', { name: 'Delete the video' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete the video' }).click();
  // Behind the open dialog the region has no role, so that waiting for its end would not wait for the deletion.
  await page.waitForURL((url) => !url.searchParams.has('job'));
  await job.waitFor({ state: 'detached' });
  const path = encodeURIComponent(`/v1/videos/${id}`);
  const gone = await rig.gateway.call('GET', `/api/playground?token_id=${key.id}&path=${path}`);
  assert.equal(gone.status, 404);
});

test('a submit that is refused says why, and a picture goes with it as a file', async (t) => {
  const key = await rig.gateway.createKey({
    name: 'poor',
    unlimited_quota: false,
    remain_quota: 0,
  });
  const visit = await rig.visit(t, {});
  const { page, expectFault } = visit;
  expectFault(/403|402|400/);
  await visit.open(`/playground?pane=video&key=${key.id}&model=demo-video`);
  await page.getByLabel('What the video shows').fill('waves');
  const buffer = Buffer.from('not really a picture');
  await page.getByLabel('First picture').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer });
  await page.getByRole('button', { name: 'Make the video' }).click();
  await page.getByText(/^The request failed with status/).waitFor();
});

test('a list follows its running jobs, its filters are in the address, and a job and its record lead to each other', async (t) => {
  const key = await rig.gateway.createKey({
    name: 'followed',
    unlimited_quota: false,
    remain_quota: 5_000_000,
  });
  const id = String((await send(key.value, 'clouds')).json?.id);
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open(`/task?key=${key.id}`);
  const row = page.getByRole('row').filter({ hasText: 'followed' });
  await row.getByText('Running').waitFor();
  await row.getByText('reserved').waitFor();
  await row.getByText('Succeeded').waitFor({ timeout: 60_000 });
  await page.getByRole('combobox', { name: 'State' }).selectOption('Failed');
  await page.waitForURL(/state=failed/);
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  await page.getByRole('combobox', { name: 'State' }).selectOption('Any state');
  await page.locator(`a[data-row="${id}"]`).click();
  const sheet = page.getByRole('dialog', { name: 'Videos: create' });
  await sheet.getByRole('img', { name: 'Result of the job' }).waitFor();
  await visit.screenshot('task-open');
  await visit.checkAccessibility();
  await sheet.getByRole('link', { name: 'Open in the logs' }).click();
  await page.waitForURL(/\/log\?/);
  const record = page.getByRole('dialog', { name: 'Request' });
  await record.getByRole('link', { name: 'Show the job' }).click();
  await page.waitForURL(/\/task\?request=/);
  await page.locator(`a[data-row="${id}"]`).waitFor();
  assert.equal(await page.locator('a[data-row]').count(), 1);
});

test('an administrator resolves a held job; what it does to the charge stands beside each choice', async (t) => {
  const key = await rig.gateway.createKey({
    name: 'held key',
    unlimited_quota: false,
    remain_quota: 5_000_000,
  });
  const id = await heldJob(rig.gateway, key.value);
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/task');
  await page.getByText('One job is held').waitFor();
  await page.getByRole('button', { name: 'Show held jobs' }).click();
  await page.waitForURL(/state=held/);
  await page.locator(`a[data-row="${id}"]`).click();
  const sheet = page.getByRole('dialog', { name: 'Videos: create' });
  await sheet.getByText('reserved for it is charged now').waitFor();
  await sheet.getByRole('radio', { name: /has the job, and it runs/ }).check();
  await sheet.getByLabel('Id at the upstream').waitFor();
  await visit.screenshot('task-held');
  await visit.checkAccessibility();
  await sheet.getByRole('radio', { name: /has not accepted it/ }).check();
  await sheet.getByRole('button', { name: 'Resolve the job' }).click();
  await sheet.getByText('The job failed. It is free.').waitFor();
  const { remain_quota: left } = dataOf(await rig.gateway.call('GET', `/api/token/${key.id}`));
  assert.deepEqual([(await stateOf(id))?.state, left], ['failed', 5_000_000]);
});

test('an account sees its own jobs alone, whatever the address asks for', async (t) => {
  const ben = { username: 'ben', password: 'password of ben' };
  const account = await createAccount(rig.gateway, ben.username, { unlimited_quota: true });
  const key = await account.createKey({ name: 'ben’s' });
  const id = String((await send(key.value, 'fail soon')).json?.id);
  const visit = await rig.visit(t, { account: ben });
  const { page } = visit;
  await visit.open('/task?all=true');
  await page.locator(`a[data-row="${id}"]`).waitFor();
  assert.equal(await page.locator('a[data-row]').count(), 1);
  assert.equal(await page.getByText('All accounts', { exact: true }).count(), 0);
  await page.locator(`a[data-row="${id}"]`).click();
  await page.getByRole('dialog').getByText('The prompt asked to fail.').first().waitFor({ timeout: 60_000 });
});

test('before a key is deleted its sockets and jobs are counted, and the receipt says how many had not ended', async (t) => {
  const upstream = await startJobUpstream({ takesMs: 3_600_000 });
  t.after(() => upstream.close());
  await rig.gateway.createChannel(upstream.origin, { models: ['slow-video'] });
  const models = [
    { id: 'slow-video', model_type: 'video', input: '0', output: '0', per_video_second: '0.01' },
  ];
  dataOf(await rig.gateway.call('PUT', '/api/price', { body: { models } }));
  const key = await rig.gateway.createKey({ name: 'busy' });
  for (const prompt of ['one', 'two']) await send(key.value, prompt, 'slow-video');
  const socket = await RealtimeSocket.open(rig.gateway.url, key.value);
  const visit = await rig.visit(t);
  const { page } = visit;
  await visit.open('/token?q=busy');
  await page.getByRole('button', { name: /^Actions/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('One socket is open. It closes at once').waitFor();
  await dialog.getByText('2 jobs have not ended. Nobody can fetch them any more.').waitFor();
  await visit.screenshot('delete-jobs');
  await dialog.getByLabel(/^Type .*busy/).fill('busy');
  await page.keyboard.press('Enter');
  await dialog.getByText('Jobs that had not ended').waitFor();
  await dialog.getByText('2. Nobody can fetch them any more').waitFor();
  await socket.closed();
});
