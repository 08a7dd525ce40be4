/** The playground's speech and transcription, in a browser before a gateway with the demo upstream and one that the test commands. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig();
let upstream: FakeUpstream;
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

const speech = () => `/playground?key=${key.id}&pane=speech&model=demo-speech`;
const transcription = (model: string) => `/playground?key=${key.id}&pane=transcription&model=${model}`;

describe('the playground of sounds', () => {
  before(async () => {
    upstream = await startFakeUpstream();
    await rig.gateway.createChannel(upstream.origin, { models: ['writer'] });
    const models = [
      { id: 'writer', model_type: 'transcription', input: '0', output: '0', per_request: '0.01' },
    ];
    dataOf(await rig.gateway.call('PUT', '/api/price', { body: { models } }));
    key = await rig.gateway.createKey({ name: 'sounds' });
  });
  after(() => upstream.close());

  it('a text is spoken and played, with what it cost', async (t) => {
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open(speech());
    await page.getByLabel('Text to speak').fill('hello there');
    await page.getByRole('button', { name: 'Speak' }).click();
    await page.getByText('Cost', { exact: true }).waitFor();
    await page.getByLabel('The spoken text').waitFor();
    // 11 characters of 50 ms each.
    await until(() => page.evaluate('Math.abs(document.querySelector("main audio").duration - 0.55) < 0.01'));
    await visit.screenshot('playground-speech');
    await visit.checkAccessibility();
    const spoken = await rig.gateway.call('GET', `/api/log/self?token_id=${key.id}&page_size=1`);
    assert.match(JSON.stringify(dataOf(spoken).items), /\\"source\\":\\"playground\\"/);
  });

  it('a file is transcribed as subtitles, as they came', async (t) => {
    const subtitles = '1\n00:00:00,000 --> 00:00:01,000\n*Hello*\n';
    upstream.on('/v1', upstreams.answer(200, subtitles, { 'content-type': 'text/plain' }));
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open(transcription('writer'));
    await page.getByLabel('Sound file').setInputFiles({
      name: 'a.wav',
      mimeType: 'audio/wav',
      buffer: Buffer.from('RIFF....WAVE'),
    });
    await page.getByLabel('Format').selectOption('Subtitles (SRT)');
    await page.getByRole('button', { name: 'Transcribe' }).click();
    await page.getByText('*Hello*').waitFor();
    await page.getByText('$0.01').waitFor();
    const sent = upstream.requests.at(-1)?.body().toString('latin1') ?? '';
    assert.match(sent, /name="response_format"\r\n\r\nsrt/);
    assert.match(sent, /filename="a\.wav"\r\ncontent-type: audio\/wav\r\n\r\nRIFF\.\.\.\.WAVE/i);
    await visit.screenshot('playground-transcription');
    await visit.checkAccessibility();
  });

  it('what the microphone records can be played and is transcribed, and the microphone is let go', async (t) => {
    upstream.on('/v1', upstreams.json({ text: 'a hum' }));
    const visit = await rig.visit(t);
    const { page } = visit;
    await page.addInitScript(hum);
    await visit.open(transcription('writer'));
    await page
      .getByLabel('Sound file')
      .setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.from('RIFF') });
    await page.getByRole('button', { name: 'Record' }).click();
    await page.getByRole('button', { name: 'End the recording' }).click();
    await page.getByLabel('The sound to transcribe: recording.').waitFor();
    assert.equal(await page.evaluate('testTracks.every(({ readyState }) => readyState === "ended")'), true);
    assert.equal(
      await page.getByLabel('Sound file').inputValue(),
      '',
      'the file that was chosen before is gone',
    );
    await page.getByRole('button', { name: 'Transcribe' }).click();
    await page.getByText('a hum').waitFor();
    assert.match(
      upstream.requests.at(-1)?.body().toString('latin1') ?? '',
      /filename="recording\.(?:webm|m4a|ogg)"/,
    );
  });

  it('a microphone that may not be used is said, with what to do', async (t) => {
    const visit = await rig.visit(t);
    const { page } = visit;
    await page.addInitScript(
      'navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); }',
    );
    await visit.open(transcription('writer'));
    await page.getByRole('button', { name: 'Record' }).click();
    await page.getByText('The microphone may not be used').waitFor();
    await page.getByRole('button', { name: 'Record' }).waitFor();
    await visit.checkAccessibility();
  });

  it('an error of the upstream is shown as text, and Stop ends the request there', async (t) => {
    const message = '<b>no</b> such voice';
    upstream.on('/v1', upstreams.json({ error: { message, type: 'invalid_request_error' } }, 400));
    const visit = await rig.visit(t);
    const { page } = visit;
    await visit.open(transcription('writer'));
    const file = { name: 'a.wav', mimeType: 'audio/wav', buffer: Buffer.from('RIFF') };
    await page.getByLabel('Sound file').setInputFiles(file);
    await page.getByRole('button', { name: 'Transcribe' }).click();
    await page.getByText('<b>no</b> such voice').waitFor();
    upstream.on('/v1', upstreams.hangBeforeHeaders);
    await page.getByRole('button', { name: 'Transcribe' }).click();
    await until(() => upstream.requests.at(-1)?.state === 'running');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('You stopped this response.').waitFor();
    await until(() => upstream.requests.at(-1)?.state === 'aborted');
  });
});
