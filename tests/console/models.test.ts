/** The models page: searching, sorting and paging by the server, all of it in the address. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { dataOf } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig();
/** Fifty characters of double width, markup and right-to-left marks. */
const hostile = `<b>x</b>\u202e${'ｗ'.repeat(50)}`;
const many = Array.from({ length: 30 }, (_, index) => `many-${String(index).padStart(2, '0')}`);

describe('the models page', () => {
  before(async () => {
    const { gateway } = rig;
    await gateway.createChannel('http://127.0.0.1:9', {
      models: [...many, hostile, 'claude-sonnet-5', 'gpt-5'],
    });
    await gateway.createChannel('http://127.0.0.1:9', { models: ['gpt-5'], groups: ['vip'] });
    const price = { id: 'many-07', input: '0.0004', cached_input: '0', output: '99' };
    dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
    await gateway.createChannel('http://127.0.0.1:9', {
      models: ['grok-imagine-image-2.0', 'demo-speech', 'demo-video'],
    });
    const free = { input: '0', output: '0' };
    const pieces = [
      { id: 'demo-speech', ...free, characters: '15' },
      {
        ...{ id: 'grok-imagine-image-2.0', ...free, per_image: '0.06' },
        variants: { '1k': { per_image: '0.04' }, '2k': { per_image: '0.06' } },
      },
    ];
    dataOf(await gateway.call('PUT', '/api/price', { body: { models: pieces } }));
    await gateway.createKey({ name: 'all' });
    await gateway.createKey({ name: 'some', model_limits_enabled: true, model_limits: 'many-07,gpt-5' });
  });

  it('searches, sorts and pages, and the address says how', async (t) => {
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open('/model');
    await page.getByText(/1–25 of/).waitFor();
    await page.getByText('<b>x</b>').waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
    await page.getByRole('button', { name: 'Output' }).click();
    await until(async () => (await page.getByRole('row').nth(1).textContent())?.includes('many-07') ?? false);
    assert.match((await page.getByRole('row').nth(1).textContent()) ?? '', /\$0\.0004.*\$99\.00.*2 of 2/);
    await page.keyboard.press('/');
    await page.keyboard.type('claude');
    await until(() => /q=claude/.test(page.url()));
    await page.getByText('1–1 of 1').waitFor();
    await page.reload();
    await page.getByText('1–1 of 1').waitFor();
    assert.match(page.url(), /sort=output/);
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No model matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await page.getByText(/1–25 of/).waitFor();
  });

  it('shows exactly what one key may use', async (t) => {
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open('/model');
    await page.getByRole('combobox', { name: 'Only what this key may use' }).fill('some');
    await page.getByRole('option', { name: 'some' }).click();
    await page.getByText('1–2 of 2').waitFor();
    assert.equal(await page.getByText('Your keys', { exact: true }).count(), 0);
  });

  it('opens a model beside the list: its prices, endpoints and keys, and a way to try it', async (t) => {
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open('/model?q=many-07');
    await page.getByRole('link', { name: 'many-07' }).click();
    const sheet = page.getByRole('dialog', { name: 'many-07' });
    await sheet.getByText('/v1/chat/completions').waitFor();
    const text = (await sheet.textContent()) ?? '';
    assert.match(text, /Input from the cacheFree/);
    assert.match(text, /default × 1/);
    await sheet.getByRole('link', { name: '2 of 2' }).waitFor();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    assert.doesNotMatch(page.url(), /open=/);
    await visit.open('/model?open=gone-model');
    await page.getByText('You may not use this model').waitFor();
    await visit.open('/model?open=many-07');
    await page.getByRole('link', { name: 'Try in the playground' }).click();
    await page.getByRole('heading', { name: 'Playground', level: 1 }).waitFor();
    await until(async () => (await page.getByRole('combobox', { name: 'Model' }).inputValue()) === 'many-07');
  });

  it('filters by every type of model, and shows prices by the piece and by size', async (t) => {
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open('/model');
    await page.getByLabel('Type', { exact: true }).selectOption('speech');
    await page.waitForURL(/type=speech/);
    await page.getByText('$15.00 / 1M characters').waitFor();
    await page.getByLabel('Type', { exact: true }).selectOption('image');
    await page.getByText(/^from \$0\.040? \/ picture$/).waitFor();
    await page.getByRole('link', { name: 'grok-imagine-image-2.0' }).click();
    const sheet = page.getByRole('dialog', { name: 'grok-imagine-image-2.0' });
    await sheet
      .getByText(/^\$0\.060? \/ picture$/)
      .first()
      .waitFor();
    assert.equal(await sheet.getByText('For a million tokens').count(), 0);
    await visit.checkAccessibility();
  });
});
