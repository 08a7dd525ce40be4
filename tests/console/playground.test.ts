/** The playground, in a browser before a gateway with the demo upstream and one that the test commands. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { VisitOptions } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { startConsoleRig } from './rig.ts';

/** What no value of a key is needed for: nobody holds it. */
const rig = startConsoleRig({ env: { HALLEY_KEYS_REVEAL: 'once' } });
let upstream: FakeUpstream;
let key: TestKey;

/** Opens the playground with the model that the test commands. */
async function open(t: TestContext, search = '', options: VisitOptions = {}) {
  const visit = await rig.visit(t, options);
  await visit.open(`/playground?key=${key.id}&model=test-model${search}`);
  const { page } = visit;
  const ask = async (text: string) => {
    await page.getByLabel('Message').fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  return { visit, page, ask };
}

const lastBody = () =>
  JSON.parse(upstream.requests.at(-1)?.body().toString() ?? '') as Record<string, unknown>;

describe('the playground', () => {
  before(async () => {
    upstream = await startFakeUpstream();
    await rig.gateway.createChannel(upstream.origin, { models: ['test-model', 'other-model'] });
    key = await rig.gateway.createKey({ name: 'website' });
  });
  after(() => upstream.close());

  it('without a key it says so and leads to where one is made', async (t) => {
    const name = { username: 'nokeys', password: 'password of nobody' };
    dataOf(await rig.gateway.call('POST', '/api/user/', { body: name }));
    const visit = await rig.visit(t, { account: name });
    await visit.open('/playground');
    await visit.page.getByRole('link', { name: 'Go to API Keys' }).waitFor();
    await visit.checkAccessibility();
    await visit.screenshot('playground-no-keys');
  });

  it('a question is answered as it streams, with its times, tokens and cost, and the raw events', async (t) => {
    upstream.on('/v1', upstreams.chatStream(12, 60));
    const { page, ask } = await open(t);
    await ask('Count to twelve');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.getByText('word3').waitFor();
    await page.getByText('Cost', { exact: true }).waitFor();
    const facts = await page.getByText('First text').locator('..').locator('..').textContent();
    assert.match(facts ?? '', /First text.*Total.*Speed\d+ tokens\/sIn7Out12Cost\$0\.00/);
    await page.getByText('raw events').click();
    await page.getByText('"word11 "').waitFor();
    const record = dataOf(await rig.gateway.call('GET', `/api/log/self?token_id=${key.id}&page_size=1`));
    assert.match(JSON.stringify(record.items), /\\"source\\":\\"playground\\"/);

    await ask('And again');
    await until(() => Array.isArray(lastBody().messages) && (lastBody().messages as unknown[]).length === 3);
  });

  it('Stop ends the response, and the request at the upstream', async (t) => {
    upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('the beginning')));
    const { page, ask } = await open(t);
    await ask('Go on for ever');
    await page.getByText('the beginning').waitFor();
    await page.getByLabel('Message').fill('the next question');
    const sent = upstream.requests.length;
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('You stopped this response.').waitFor();
    await until(() => upstream.requests.at(-1)?.state === 'aborted');
    assert.equal(await page.getByLabel('Message').inputValue(), 'the next question');
    assert.equal(upstream.requests.length, sent, 'the question that is being written is not sent');
  });

  it('when the key is deleted elsewhere, the response ends and says why', async (t) => {
    upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('the beginning')));
    const doomed = await rig.gateway.createKey({ name: 'doomed' });
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open(`/playground?key=${doomed.id}&model=test-model`);
    await page.getByLabel('Message').fill('Go on for ever');
    await page.keyboard.press('Control+Enter');
    await page.getByText('the beginning').waitFor();
    assert.equal((await rig.gateway.call('DELETE', `/api/token/${doomed.id}`)).json?.success, true);
    await page.getByText('The rights of this API key were revoked').waitFor();
    await visit.screenshot('playground-deleted');
  });

  it('when the session ends, the response ends, sign-in opens, and nothing typed is lost', async (t) => {
    const name = { username: 'leaver', password: 'password of leaver' };
    dataOf(await rig.gateway.call('POST', '/api/user/', { body: { ...name, unlimited_quota: true } }));
    const visit = await rig.visit(t, { account: name });
    const { page, context } = visit;
    const headers = { 'sec-fetch-site': 'same-origin' };
    const made = await context.request.post(`${rig.gateway.url}/api/token`, {
      headers,
      data: { name: 'own', unlimited_quota: true },
    });
    assert.equal(made.status(), 200);
    upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('the beginning')));
    await visit.open('/playground?model=test-model');
    await page.getByLabel('Message').fill('Go on');
    await page.keyboard.press('Control+Enter');
    await page.getByText('the beginning').waitFor();
    await page.getByLabel('Message').fill('a long thought');
    await page.getByLabel('System prompt').fill('be kind');
    await context.request.post(`${rig.gateway.url}/api/user/logout`, { headers });
    await page.getByText('has ended. Sign in').waitFor();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Password' }).fill(name.password);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await page.getByLabel('Message').inputValue(), 'a long thought');
    assert.equal(await page.getByLabel('System prompt').inputValue(), 'be kind');
  });

  it('what a model sends is text: no markup, no foreign image, no script, and nothing is kept', async (t) => {
    const hostile = [
      '# Title\n\n<img src=x onerror="document.title=1"><script>document.title = 2</script>',
      '\n\n![beacon](https://evil.example/a.png) [link](https://evil.example/b) [js](javascript:alert(1))',
      `\n\n\u202eright to left\u202c 👩‍👩‍👧‍👦 ${'ｗ'.repeat(200)}\n\n| not | a table |\n`,
    ];
    upstream.on(
      '/v1',
      upstreams.pieces([...hostile.map((text) => upstreams.chatChunk(text)), 'data: [DONE]\n\n']),
    );
    const { visit, page, ask } = await open(t);
    await ask('a secret question');
    await page.getByText('Cost', { exact: true }).waitFor();
    await page.getByText('Title', { exact: true }).waitFor();
    const log = page.getByRole('log');
    assert.equal(await log.locator('img, script, iframe, style').count(), 0);
    assert.match((await log.textContent()) ?? '', /<script>document\.title = 2<\/script>/);
    assert.match((await log.textContent()) ?? '', /not loaded: beacon https:\/\/evil\.example\/a\.png/);
    const link = log.getByRole('link', { name: 'link', exact: true });
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow');
    assert.equal(await log.getByRole('link', { name: 'js', exact: true }).count(), 0);
    const width = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(width, 0, 'the page does not scroll sideways');
    const stored = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    assert.doesNotMatch(String(stored), /secret question/);
    assert.doesNotMatch(page.url(), /secret/);
    await visit.screenshot('playground-hostile');
    await visit.checkAccessibility();
    await page.reload();
    await page.getByText('Ask a model').waitFor();
  });

  it('an answer that is nested without end is shown as text, and the page stays', async (t) => {
    const nested = [`${'>'.repeat(5000)} quoted`, `${'*'.repeat(8000)}strong${'*'.repeat(8000)}`];
    for (const text of nested) {
      upstream.on('/v1', upstreams.pieces([upstreams.chatChunk(text), 'data: [DONE]\n\n']));
      const { page, ask } = await open(t);
      await ask('nest');
      await page.getByText('Cost', { exact: true }).waitFor();
      assert.ok((await page.getByRole('log').textContent())?.includes(/quoted|strong/.exec(text)?.[0] ?? ''));
      assert.equal(await page.getByLabel('Message').isVisible(), true);
    }
  });

  it('an error of the upstream is shown as text, with the request id', async (t) => {
    const message = '<b>bad</b> model \u202e';
    upstream.on('/v1', upstreams.json({ error: { message, type: 'invalid_request_error' } }, 400));
    const { visit, page, ask } = await open(t);
    await ask('hello');
    await page.getByText('The request failed with status 400').waitFor();
    await page.getByText('<b>bad</b> model').first().waitFor();
    await page.getByText('Request id').waitFor();
    await visit.screenshot('playground-error');
    await visit.checkAccessibility();
  });

  it('only what is switched on is sent, in the protocol that is chosen, and the address holds it', async (t) => {
    upstream.on('/v1', upstreams.json({ type: 'message', content: [{ type: 'text', text: 'fine' }] }));
    const { page, ask } = await open(t, '&whole=true');
    await page.getByLabel('Protocol').selectOption('Anthropic Messages');
    assert.equal(await page.getByLabel('Seed').count(), 0, 'the protocol has none');
    await page.getByLabel('Temperature', { exact: true }).check();
    await page.getByLabel('Value of Temperature').fill('0.3');
    await page.getByLabel('System prompt').fill('Be kind.');
    await ask('hello');
    await page.getByText('fine').waitFor();
    assert.equal(upstream.requests.at(-1)?.url, '/v1/messages');
    assert.deepEqual(lastBody(), {
      model: 'test-model',
      max_tokens: 4096,
      system: 'Be kind.',
      messages: [{ role: 'user', content: 'hello' }],
      temperature: 0.3,
    });
    await page.reload();
    assert.equal(await page.getByLabel('Value of Temperature').inputValue(), '0.3');
    assert.equal(await page.getByLabel('Protocol').inputValue(), 'anthropic');
  });

  it('two models are asked side by side, and the request is shown as code', async (t) => {
    upstream.on('/v1', upstreams.chatAnswer());
    const { visit, page, ask } = await open(t, '&compare=true&model2=other-model');
    const before = upstream.requests.length;
    await ask('hello');
    await page.getByText('Cost', { exact: true }).nth(1).waitFor();
    const asked = upstream.requests.slice(before).map(({ body }) => JSON.parse(body().toString()).model);
    assert.deepEqual(asked.sort(), ['other-model', 'test-model']);
    await page.getByRole('button', { name: 'Code' }).click();
    await page.getByRole('tab', { name: 'Python' }).click();
    await page.getByText('from openai import OpenAI').first().waitFor();
    assert.equal(await page.getByText('YOUR_API_KEY').count(), 2);
    await visit.checkAccessibility();
  });

  it('another key is found by typing, and its models with it', async (t) => {
    const limited = { model_limits_enabled: true, model_limits: 'other-model' };
    const other = await rig.gateway.createKey({ name: '<b>batch</b> \u202ejobs', ...limited });
    const { visit, page } = await open(t);
    await page.getByRole('combobox', { name: 'Key' }).fill('batch');
    await page.getByRole('option', { name: '<b>batch</b>' }).click();
    await until(() => page.url().includes(`key=${other.id}`));
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('option', { name: 'other-model' }).waitFor();
    assert.equal(await page.getByRole('option').count(), 1);
    await page.keyboard.press('Escape');
    await visit.checkAccessibility();
  });

  it('begins with the newest key that works; others are listed last, with their state', async (t) => {
    const name = { username: 'keeper', password: 'password of keeper' };
    dataOf(await rig.gateway.call('POST', '/api/user/', { body: { ...name, unlimited_quota: true } }));
    const visit = await rig.visit(t, { account: name });
    const { page, context } = visit;
    for (const [key, expired_time] of [
      ['working', -1],
      ['over', 1],
    ] as const) {
      const headers = { 'sec-fetch-site': 'same-origin' };
      const url = `${rig.gateway.url}/api/token`;
      const made = await context.request.post(url, { headers, data: { name: key, unlimited_quota: true } });
      const { data } = (await made.json()) as { data: { id: number } };
      await context.request.put(url, { headers, data: { id: data.id, expired_time } });
    }
    await visit.open('/playground');
    const picker = page.getByRole('combobox', { name: 'Key' });
    await until(async () => (await picker.inputValue()) === 'working');
    await picker.click();
    await page.getByRole('option').nth(1).waitFor();
    assert.match((await page.getByRole('option').nth(0).textContent()) ?? '', /^working/);
    assert.match((await page.getByRole('option').nth(1).textContent()) ?? '', /^overExpired · sk-/);
  });
});
