/** The playground's pictures, in a browser before a gateway with the demo upstream and one that the test commands. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { demoPng, pixelsOf } from './picture-data.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig();
let upstream: FakeUpstream;
let key: TestKey;

const pane = (model: string, more = '') => `/playground?key=${key.id}&pane=picture&model=${model}${more}`;
const file = (name: string, mimeType = 'image/png', buffer = demoPng(name)) => ({ name, mimeType, buffer });
const picture = { b64_json: demoPng('answer').toString('base64') };
const event = (type: string, members: object) => `data: ${JSON.stringify({ type, ...members })}\n\n`;

async function opened(t: TestContext, path: string) {
  const visit = await rig.visit(t);
  await visit.open(path);
  const { page } = visit;
  return {
    ...visit,
    add: (...files: readonly ReturnType<typeof file>[]) =>
      page.locator('input[type=file]').setInputFiles([...files]),
    ask: async (prompt: string, label = 'Generate') => {
      await page.getByLabel('Prompt').or(page.getByLabel('What to change')).fill(prompt);
      await page.getByRole('button', { name: label, exact: true }).click();
    },
  };
}

/** The parts of the form that the upstream got last. */
async function lastForm(): Promise<FormData> {
  const request = upstream.requests.at(-1);
  const headers = { 'content-type': String(request?.headers['content-type']) };
  return new Response(new Uint8Array(request?.body() ?? []), { headers }).formData();
}

async function bytesAt(form: FormData, name: string): Promise<Buffer> {
  const value = form.get(name);
  assert.ok(value instanceof File, `${name} is a file`);
  return Buffer.from(await value.arrayBuffer());
}

const tiles = (page: Page) => page.getByRole('button', { name: /^Open picture/ });

/** Draws a line with the mouse between two places of the picture, each from 0 to 1. */
async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]) {
  const surface = page.getByRole('application');
  await surface.scrollIntoViewIfNeeded();
  const box = await surface.boundingBox();
  assert.ok(box);
  const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 5 });
  await page.mouse.up();
}

describe('the playground of pictures', () => {
  before(async () => {
    upstream = await startFakeUpstream();
    await rig.gateway.createChannel(upstream.origin, { models: ['painter'] });
    const models = [{ id: 'painter', model_type: 'image', input: '0', output: '0', per_image: '0.02' }];
    dataOf(await rig.gateway.call('PUT', '/api/price', { body: { models } }));
    key = await rig.gateway.createKey({ name: 'pictures' });
  });
  after(() => upstream.close());

  it('the demo draws out of the box: what came, what it cost, its events, and the file by its name', async (t) => {
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open(`/playground?key=${key.id}&pane=picture`);
    await page.getByLabel('Model').and(page.locator('input')).first().waitFor();
    await until(async () => (await page.getByLabel('Model').first().inputValue()) !== '');
    await visit.open(pane('demo-image', '&count=2'));
    await page.getByLabel('Prompt').fill('A fox, in the snow');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Cost', { exact: true }).waitFor();
    assert.equal(await tiles(page).count(), 2);
    // Two stages of each picture, and the pictures.
    await page.getByText('6 raw events').click();
    assert.match((await page.locator('details code').first().textContent()) ?? '', /partial_image.*…\[\d+\]/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download picture 2' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'a-fox-in-the-snow-2.png');
    const saved = await readFile(await download.path());
    assert.equal(saved.toString('latin1', 1, 4), 'PNG');
    await visit.screenshot('playground-picture');
    await visit.checkAccessibility();
    const spent = await rig.gateway.call('GET', `/api/log/self?token_id=${key.id}&page_size=1`);
    assert.match(JSON.stringify(dataOf(spent).items), /\\"source\\":\\"playground\\"/);
  });

  it('stages are shown while a picture is drawn, and Stop ends the request at the upstream', async (t) => {
    const stage = event('image_generation.partial_image', { ...picture, partial_image_index: 0 });
    upstream.on('/v1', upstreams.hangAfterHeaders(stage));
    const { page, ask } = await opened(t, pane('painter', '&stages=1'));
    await ask('a fox');
    await page.getByRole('img', { name: 'A stage of the picture that is being drawn' }).waitFor();
    await page.getByRole('status').getByText('A stage of the picture came.').waitFor();
    const sent = JSON.parse(upstream.requests.at(-1)?.body().toString() ?? '');
    assert.deepEqual(sent, { model: 'painter', prompt: 'a fox', stream: true, partial_images: 1 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('You stopped this response.').waitFor();
    await until(() => upstream.requests.at(-1)?.state === 'aborted');
    assert.equal(await page.getByRole('img', { name: /stage/ }).count(), 0);
  });

  it('a stream that ends has its finished pictures in place of their stages', async (t) => {
    const stage = event('image_generation.partial_image', { ...picture, partial_image_index: 0 });
    const finished = event('image_generation.completed', { ...picture, usage: { total_tokens: 1 } });
    upstream.on('/v1', upstreams.pieces([stage, finished]));
    const { page, ask } = await opened(t, pane('painter', '&stages=1'));
    await ask('a fox');
    await page.getByText('$0.02').waitFor();
    assert.equal(await tiles(page).count(), 1);
    assert.equal(await page.getByRole('img', { name: /stage/ }).count(), 0);
  });

  it('options that are chosen are sent, and the address holds them', async (t) => {
    upstream.on('/v1', upstreams.json({ data: [picture] }));
    const { page, ask } = await opened(t, pane('painter'));
    await page.getByLabel('Size').fill('1536x1024');
    await page.getByLabel('Quality').selectOption('High');
    await page.getByLabel('Background').selectOption('Transparent');
    await page.getByLabel('Output format').selectOption('JPEG');
    await page.getByText('JPEG has no transparency.').waitFor();
    await page.getByLabel('Output format').selectOption('WEBP');
    await page.getByLabel('Number of pictures').selectOption('3');
    await ask('a fox');
    await tiles(page).waitFor();
    assert.deepEqual(JSON.parse(upstream.requests.at(-1)?.body().toString() ?? ''), {
      ...{ model: 'painter', prompt: 'a fox', n: 3, size: '1536x1024', quality: 'high' },
      ...{ background: 'transparent', output_format: 'webp' },
    });
    assert.match(page.url(), /size=1536x1024.*quality=high/);
  });

  it('an edit has its pictures, and a mask that is transparent exactly where it was drawn', async (t) => {
    upstream.on('/v1', upstreams.json({ data: [picture] }));
    const { page, add, ask, screenshot, checkAccessibility } = await opened(t, pane('painter'));
    await add(file('first.png'), file('second.png'));
    await page.getByRole('button', { name: 'Draw a mask' }).click();
    await drag(page, [0.25, 0.25], [0.75, 0.25]);
    await page.getByText(/Selected: [1-9]/).waitFor();
    await drag(page, [0.25, 0.75], [0.75, 0.75]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Eraser').click();
    await drag(page, [0.5, 0.1], [0.5, 0.4]);
    await screenshot('playground-picture-mask');
    await checkAccessibility();
    await ask('a hat', 'Edit');
    await tiles(page).waitFor();
    assert.equal(upstream.requests.at(-1)?.url, '/v1/images/edits');
    const form = await lastForm();
    assert.deepEqual([form.get('model'), form.get('prompt')], ['painter', 'a hat']);
    const images = form.getAll('image[]');
    assert.deepEqual(
      images.map((image) => image instanceof File && image.name),
      ['first.png', 'second.png'],
    );
    const mask = pixelsOf(await bytesAt(form, 'mask'));
    assert.deepEqual([mask.width, mask.height], [64, 64]);
    assert.deepEqual([mask.alphaAt(20, 16), mask.alphaAt(44, 16)], [0, 0], 'what was drawn is transparent');
    assert.equal(mask.alphaAt(32, 16), 255, 'what was erased is not');
    assert.equal(mask.alphaAt(32, 48), 255, 'nor what was undone');
    assert.equal(mask.alphaAt(2, 2), 255, 'nor what was never touched');
  });

  it('a mask is drawn by keys alone, inverted, and not sent when it is empty', async (t) => {
    upstream.on('/v1', upstreams.json({ data: [picture] }));
    const { page, add, ask } = await opened(t, pane('painter'));
    await add(file('first.png'));
    await page.getByRole('button', { name: 'Draw a mask' }).press('Enter');
    const surface = page.getByRole('application');
    await surface.focus();
    // The rectangle begins in the middle, 32 pixels wide, and each key moves it by 2.
    for (let press = 0; press < 20; press += 1) await surface.press('ArrowLeft');
    await surface.press('Shift+ArrowRight');
    await page.getByRole('status').getByText('Left 0, top 16, width 34, height 32').waitFor();
    await surface.press('Enter');
    await page.getByText('Selected: 26.6% of the picture').waitFor();
    await page.getByRole('button', { name: 'Invert' }).press('Enter');
    await ask('a hat', 'Edit');
    await tiles(page).waitFor();
    const form = await lastForm();
    const mask = pixelsOf(await bytesAt(form, 'mask'));
    assert.deepEqual([mask.alphaAt(10, 30), mask.alphaAt(40, 30), mask.alphaAt(10, 5)], [255, 0, 0]);
    assert.deepEqual(await bytesAt(form, 'image'), demoPng('first.png'), 'a PNG goes as it is');
    await page.getByRole('button', { name: 'Clear', exact: true }).last().press('Enter');
    const before = upstream.requests.length;
    await ask('a hat', 'Edit');
    await until(() => upstream.requests.length > before && upstream.requests.at(-1)?.state === 'answered');
    assert.equal((await lastForm()).get('mask'), null);
  });

  it('a result becomes the input of an edit, and is shown at its full size', async (t) => {
    const { page, ask, checkAccessibility } = await opened(t, pane('demo-image'));
    await ask('a fox');
    await tiles(page).click();
    await page.getByRole('dialog').getByText('64 × 64 pixels').waitFor();
    await checkAccessibility();
    await page.getByRole('dialog').getByRole('button', { name: 'Edit it' }).click();
    await page.getByText('a-fox.png').waitFor();
    await ask('a hat', 'Edit');
    await until(async () => (await tiles(page).count()) === 2);
    await page.getByRole('region', { name: 'Pictures of “a hat”' }).waitFor();
  });

  it('files that cannot be edited are named with the reason; pasted and dropped pictures are taken', async (t) => {
    const { page, add } = await opened(t, pane('painter'));
    await add(
      file('page.png', 'image/png', Buffer.from('<html>')),
      file('broken.png', 'image/png', demoPng('x').subarray(0, 40)),
    );
    await page.getByText('page.png').waitFor();
    await page.getByText(/: It is not a PNG, JPEG or WebP\./).waitFor();
    await page.getByText(/: The browser cannot read it\./).waitFor();
    const give = (type: 'paste' | 'drop', name: string) =>
      page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob('${demoPng(name).toString('base64')}'), (each) => each.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], '${name}', { type: 'image/png' }));
        const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
        const events = { paste: ClipboardEvent, drop: DragEvent };
        document.querySelector('form textarea').dispatchEvent(new events.${type}('${type}', options));
      })()`);
    await give('paste', 'pasted.png');
    await page.getByText('pasted.png').waitFor();
    await give('drop', 'dropped.png');
    await page.getByText('dropped.png').waitFor();
    await page.getByRole('button', { name: 'Remove pasted.png' }).click();
    await until(async () => (await page.getByText('pasted.png').count()) === 0);
  });

  it('a picture with the wrong turn or format is sent under its mask as a PNG of the size that was shown', async (t) => {
    upstream.on('/v1', upstreams.json({ data: [picture] }));
    const { page, add, ask } = await opened(t, pane('painter'));
    const jpeg = await page.evaluate<string>(`(() => {
      const canvas = document.createElement('canvas');
      canvas.width = 40;
      canvas.height = 20;
      return canvas.toDataURL('image/jpeg').split(',')[1];
    })()`);
    await add(file('photo.jpg', 'image/jpeg', Buffer.from(jpeg, 'base64')));
    await page.getByRole('button', { name: 'Draw a mask' }).click();
    await page.getByText('Rectangle', { exact: true }).click();
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await ask('a hat', 'Edit');
    await tiles(page).waitFor();
    const form = await lastForm();
    const sent = pixelsOf(await bytesAt(form, 'image'));
    const mask = pixelsOf(await bytesAt(form, 'mask'));
    assert.deepEqual([sent.width, sent.height, mask.width, mask.height], [40, 20, 40, 20]);
    assert.deepEqual([mask.alphaAt(20, 10), mask.alphaAt(1, 1)], [0, 255]);
  });

  it('an error is shown as text, and a link is not loaded', async (t) => {
    upstream.on('/v1', upstreams.json({ error: { message: '<b>no</b> foxes', type: 'x' } }, 400));
    const { page, ask } = await opened(t, pane('painter'));
    await ask('a fox');
    await page.getByText('<b>no</b> foxes').waitFor();
    upstream.on('/v1', upstreams.json({ data: [{ url: 'https://pictures.example/a.png' }] }));
    await ask('a cat');
    const link = page.getByRole('link', { name: 'pictures.example' });
    assert.equal(await link.getAttribute('href'), 'https://pictures.example/a.png');
    assert.match((await link.getAttribute('rel')) ?? '', /noreferrer/);
  });

  it('a mask that was not sent is not lost unasked', async (t) => {
    const { page, add } = await opened(t, pane('painter'));
    await page.route(/mask-guard/, async (route) => {
      await sleep(1000);
      await route.continue();
    });
    await add(file('first.png'));
    await page.getByRole('button', { name: 'Draw a mask' }).click();
    await page.getByRole('button', { name: 'Invert' }).click();
    await page.getByRole('button', { name: 'Hide the mask' }).click();
    await page.getByText('Speech', { exact: true }).click();
    await page.locator('[role=alertdialog]:focus-within').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Change the mask' }).click();
    await page.getByText('Selected: 100% of the picture').waitFor();
  });

  it('the request is shown as code, with its files', async (t) => {
    const { page, add } = await opened(t, pane('painter', '&size=1024x1024'));
    await add(file('first.png'));
    await page.getByLabel('What to change').fill('a hat');
    await page.getByRole('button', { name: 'Code', exact: true }).click();
    const code = page.getByRole('dialog').locator('code');
    await code.getByText('/v1/images/edits').waitFor();
    assert.match((await code.first().textContent()) ?? '', /size=1024x1024.*image=@"first\.png"/s);
    await page.getByRole('tab', { name: 'Python' }).click();
    await code.getByText('client.images.edit(').waitFor();
  });
});
