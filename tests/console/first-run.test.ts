/** A new user's path: from `npm start` to a streamed response in at most four clicks, to a key in at most six. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Locator } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { compileCache } from '../support/compile-cache.ts';
import { engineEnv } from '../support/engine.ts';
import { until } from '../support/until.ts';
import { buildPages } from './built-pages.ts';

const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../src/cli/halley.ts');

let browser: TestBrowser;
before(async () => {
  await buildPages();
  browser = await startBrowser();
});
after(() => browser.close());

/** Starts as `npm start` does, with no setting but where. @returns the link that the first start leaves */
async function startAsNewcomer(t: TestContext): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-test-'));
  const place = { HALLEY_DATA_DIR: dataDir, HALLEY_LISTEN: '127.0.0.1:0', ...(await engineEnv(dataDir)) };
  const child = spawn(process.execPath, [entry, 'serve'], {
    env: { PATH: process.env.PATH, ...compileCache, ...place },
    cwd: dataDir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(async () => {
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  });
  let printed = '';
  child.stderr.on('data', (chunk) => {
    printed += chunk;
  });
  await until(() => printed.includes('The model is a built-in demo'));
  return readFileSync(join(dataDir, 'setup-link'), 'utf8').trim();
}

test('a streamed response takes at most four clicks, a key that works in a shell at most six', async (t) => {
  const link = new URL(await startAsNewcomer(t));
  const visit = await browser.visit(t, { url: link.origin });
  const { page } = visit;
  let clicks = 0;
  const click = async (target: Locator) => {
    await target.click();
    clicks += 1;
  };

  await visit.open(`/login${link.hash}`);
  clicks += 1;
  await page.getByLabel('New password').fill('a password of my own');
  await click(page.getByRole('button', { name: 'Set password and sign in' }));
  const toSignIn = clicks;
  await click(page.getByRole('button', { name: 'Send the demo request' }));
  await page.getByText("This is Halley's demo model").waitFor();
  assert.ok(clicks <= 4, `${clicks} clicks to a streamed response`);

  clicks = toSignIn;
  await click(page.getByRole('link', { name: 'Go to API Keys' }));
  await click(page.getByRole('button', { name: 'Create API Key' }));
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('my laptop');
  await click(dialog.getByRole('button', { name: 'Create API Key' }));
  await click(dialog.getByRole('button', { name: 'Copy the value of my laptop' }));
  assert.ok(clicks <= 6, `${clicks} clicks to a key`);

  const { stdout } = await run('sh', ['-c', (await dialog.locator('pre').textContent()) ?? '']);
  assert.match(stdout, /This is Halley's demo model/);
  const agent = dialog.getByRole('tab', { name: 'Claude Code' });
  const height = (await agent.boundingBox())?.y;
  await agent.click();
  await dialog.getByText('export ANTHROPIC_API_KEY=').waitFor();
  assert.equal((await agent.boundingBox())?.y, height, 'what was clicked stays under the pointer');
  await dialog.getByRole('combobox', { name: 'Model' }).selectOption('demo-tools');
  await dialog.getByText("ANTHROPIC_MODEL='demo-tools'").waitFor();
});
