/** The playground's talk pane, in a browser before a gateway with the demo upstream and one that refuses. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type SocketUpstream, startSocketUpstream } from '../realtime/fake-upstream.ts';
import type { Visit } from '../support/browser.ts';
import { dataOf, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig({ env: { HALLEY_DEMO_CHUNK_MS: '20' } });
let upstream: SocketUpstream;
let key: TestKey;

/** A microphone that hums, for a machine that has none. */
const hum = `navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const out = context.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  globalThis.testTracks = out.stream.getTracks();
  return out.stream;
};`;
const refused =
  'navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); }';

async function talk(
  t: TestContext,
  { script = hum, search = '', id = key.id }: { script?: string; search?: string; id?: number } = {},
): Promise<Visit> {
  const visit = await rig.visit(t);
  await visit.page.addInitScript(script);
  await visit.open(`/playground?key=${id}&pane=realtime&model=demo-realtime${search}`);
  await visit.page.getByRole('button', { name: 'Start talking' }).click();
  return visit;
}

const connected = ({ page }: Visit) => page.getByText('Connected', { exact: true }).last().waitFor();
const isReleased = ({ page }: Visit) =>
  page.evaluate('testTracks.every(({ readyState }) => readyState === "ended")');

async function say({ page }: Visit, text: string): Promise<void> {
  await page.getByLabel('Or write a message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

describe('the talk pane', () => {
  before(async () => {
    const body = { error: { message: 'The upstream has no such voice.', type: 'invalid_request_error' } };
    upstream = await startSocketUpstream({ refuse: { status: 400, body }, on: () => undefined });
    await rig.gateway.createChannel(upstream.origin, { models: ['strict'] });
    const models = [
      { id: 'strict', model_type: 'realtime', input: '1', output: '1', audio_input: '2', audio_output: '2' },
    ];
    dataOf(await rig.gateway.call('PUT', '/api/price', { body: { models } }));
    key = await rig.gateway.createKey({ name: 'talks' });
  });
  after(() => upstream.close());

  it('a written message is answered aloud, with a transcript, what it cost and the sum, and the end lets the microphone go', async (t) => {
    const visit = await talk(t, { search: '&push=true' });
    const { page } = visit;
    await connected(visit);
    await say(visit, 'hello');
    const transcript = page.getByLabel('Transcript');
    await transcript.getByText('You said: "hello".').waitFor();
    await transcript.getByText(/Cost \$0\.0/).waitFor();
    const cost = await transcript.getByText(/^Cost \$/).textContent();
    await say(visit, 'again');
    await transcript.getByText('You said: "again".').waitFor();
    await until(async () => (await transcript.getByText(/^Cost \$/).count()) === 2);
    const sum = await page.getByText(/^Cost of this session/).textContent();
    const amount = (text: string | null) => Number(/\$([\d.]+)/.exec(text ?? '')?.[1]);
    assert.ok(amount(sum) > amount(cost), `${sum} of several such as ${cost}`);
    await visit.screenshot('playground-talk');
    await visit.checkAccessibility();
    const path = `/api/log/self?token_id=${key.id}&page_size=1`;
    assert.match(
      JSON.stringify(dataOf(await rig.gateway.call('GET', path))),
      /\\"source\\":\\"playground\\"/,
    );
    assert.equal(await isReleased(visit), false);
    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByRole('button', { name: 'Start again' }).waitFor();
    assert.equal(await isReleased(visit), true);
  });

  it('held space talks: what was heard is answered, and Stop cuts the answer where the user has heard it', async (t) => {
    const visit = await talk(t, { search: '&push=true' });
    const { page } = visit;
    await connected(visit);
    const transcript = page.getByLabel('Transcript');
    const stop = page.locator('button:not([aria-disabled="true"])', { hasText: /^Stop$/ });
    const cut = page.getByText(/conversation\.item\.truncated/).first();
    await page.getByText(/raw events/).click();
    const talkAndStop = async () => {
      await page.locator('h1').click();
      await page.keyboard.down('Space');
      await page.getByRole('button', { name: 'Release to send' }).waitFor();
      await page.waitForTimeout(1500);
      await page.keyboard.up('Space');
      await transcript
        .getByText(/seconds of sound/)
        .last()
        .waitFor();
      await stop.click({ timeout: 5000 });
      await cut.waitFor({ timeout: 5000 });
    };
    // On a slow machine the whole answer may have been heard before Stop is pressed.
    await talkAndStop().catch(talkAndStop).catch(talkAndStop);
  });

  it('without the button the upstream hears when the user has finished; a muted microphone is silence', async (t) => {
    const visit = await talk(t);
    const { page } = visit;
    await connected(visit);
    await page.getByRole('button', { name: 'Mute' }).waitFor();
    await page.getByText(/raw events/).click();
    await page
      .getByText(/input_audio_buffer\.speech_started/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Mute' }).click();
    await page
      .getByText(/input_audio_buffer\.speech_stopped/)
      .first()
      .waitFor();
    await page
      .getByLabel('Transcript')
      .getByText(/Cost \$0\.0/)
      .waitFor();
  });

  it('without a microphone the page says so, and a message can still be written', async (t) => {
    const visit = await talk(t, { script: refused });
    await connected(visit);
    await visit.page.getByText('The microphone may not be used').waitFor();
    await visit.checkAccessibility();
    await say(visit, 'hello');
    await visit.page.getByText('You said: "hello".').waitFor();
  });

  it('a key that is deleted ends the session, and the page says why', async (t) => {
    const own = await rig.gateway.createKey({ name: 'short lived' });
    const visit = await talk(t, { id: own.id });
    await connected(visit);
    dataOf(await rig.gateway.call('DELETE', `/api/token/${own.id}`));
    await visit.page.getByText('The session was ended').waitFor();
    await visit.page.getByRole('alert').getByText(/key/i).first().waitFor();
    assert.equal(await isReleased(visit), true);
  });

  it('what an upstream says when it refuses a session is shown, and so is a key without rights', async (t) => {
    const visit = await rig.visit(t);
    visit.expectFault(/40\d/);
    const { page } = visit;
    await page.addInitScript(hum);
    await visit.open(`/playground?key=${key.id}&pane=realtime&model=strict`);
    await page.getByRole('button', { name: 'Start talking' }).click();
    await page.getByText('The upstream has no such voice.').waitFor();
    const narrow = await rig.gateway.createKey({ model_limits_enabled: true, model_limits: 'demo-chat' });
    await visit.open(`/playground?key=${narrow.id}&pane=realtime&model=demo-realtime`);
    await page.getByRole('button', { name: 'Start talking' }).click();
    await page
      .getByRole('alert')
      .getByText(/demo-realtime|model/)
      .first()
      .waitFor();
    await visit.checkAccessibility();
  });

  it('a page that is left lets the microphone go and ends the session', async (t) => {
    const visit = await talk(t);
    await connected(visit);
    await visit.page.getByRole('link', { name: 'API Keys' }).first().click();
    await visit.page.getByRole('heading', { level: 1, name: 'API Keys' }).waitFor();
    await until(() => isReleased(visit) as Promise<boolean>);
  });
});
