/** What clients and upstreams may do to a session without harm: broken frames, silence, floods, unasked responses. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { reservationsIn } from '../support/database.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { type SocketScript, type SocketUpstream, startSocketUpstream } from './fake-upstream.ts';
import { type Event, RealtimeSocket, refusal } from './socket.ts';

let gateway: Gateway;
let upstream: SocketUpstream;
let on: SocketScript['on'] = () => undefined;
const query = 'model=test-realtime';
const rates = { input: '2', output: '2', audio_input: '2', audio_output: '2' };

before(async () => {
  gateway = await startGateway({
    env: {
      HALLEY_REALTIME_IDLE_MS: '2500',
      HALLEY_REALTIME_PING_MS: '400',
      HALLEY_REALTIME_SETTLE_MS: '300',
      HALLEY_REVOCATION_IN_FLIGHT: 'drain',
    },
  });
  const voice = { type: 'server_vad', create_response: true };
  upstream = await startSocketUpstream({
    session: { type: 'realtime', turn_detection: voice },
    on: (event, socket) => on(event, socket),
  });
  await gateway.createChannel(upstream.origin, { models: ['test-realtime'] });
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-realtime', ...rates }] } }));
});
after(async () => {
  await upstream.close();
  await gateway.stop();
});

const newest = () => {
  const socket = upstream.sockets.at(-1);
  assert.ok(socket);
  return socket;
};
const codeOf = (event: Event) => (event.error as { code: string }).code;

async function open(fields: object = {}): Promise<RealtimeSocket> {
  const { value } = await gateway.createKey({ ...fields });
  return RealtimeSocket.open(gateway.url, value, { query });
}

const deep = (levels: number) => `{"type":"x","a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
/** Longer than what is read in one turn of the event loop. */
const long = 'A'.repeat(1_500_000);
const broken: Readonly<Record<string, string>> = {
  'no JSON': '{"type":',
  'no object': '[1]',
  'no type': '{"audio":""}',
  'a type that is no text': '{"type":1}',
  'two types': '{"type":"input_audio_buffer.append","audio":"","type":"response.create"}',
  'two types by letter case': '{"type":"input_audio_buffer.append","Type":"response.create"}',
  'two types by escapes': '{"type":"input_audio_buffer.clear","t\\u0079pe":"response.create"}',
  'JSON that is too deep': deep(300),
  'too many parts': `{"type":"x","a":[${'0,'.repeat(60_000)}0]}`,
  'voice detection by letter case':
    '{"type":"session.update","session":{"Turn_Detection":{"type":"server_vad"}}}',
  'a transcription session': '{"type":"transcription_session.update","session":{}}',
  'a long event that is no object': `["${long}"]`,
  'a long event without a type': `{"audio":"${long}"}`,
  'a long event with two types': `{"type":"input_audio_buffer.append","audio":"${long}","type":"response.create"}`,
  'a long event with a long type': `{"type":"${long}"}`,
  'a long event of many parts': `{"type":"x","a":[${'0,'.repeat(600_000)}0]}`,
  'a long event without an end': `{"type":"input_audio_buffer.append","audio":"${long}`,
  'a long update': `{"type":"session.update","session":{"instructions":"${long}"}}`,
  'a long request for a response': `{"type":"response.create","response":{"instructions":"${long}"}}`,
};

test('an event that two parsers may read in different ways never reaches the upstream, and the session goes on', async () => {
  const client = await open();
  for (const [at, [name, text]] of nonEmpty([...Object.entries(broken).entries()])) {
    client.send(text);
    const error = await client.sees('error', at + 1);
    assert.ok(['invalid_body', 'invalid_value'].includes(codeOf(error)), name);
  }
  client.send({ type: 'input_audio_buffer.clear' });
  await until(() => newest().events.some(({ type }) => type === 'input_audio_buffer.clear'));
  assert.equal(newest().events.filter(({ type }) => type !== 'session.update').length, 1);
  client.close();
});

test('a long event reaches the upstream byte for byte, before what comes after it', async () => {
  const client = await open();
  const events = [
    { type: 'input_audio_buffer.append', audio: 'A'.repeat(15_000_000) },
    { type: 'input_audio_buffer.commit' },
    {
      type: 'conversation.item.create',
      item: { content: [{ type: 'input_image', image_url: `data:image/png;base64,${long}` }] },
    },
    { type: 'input_audio_buffer.clear' },
  ];
  for (const event of events) client.send(event);
  await until(() => newest().events.some(({ type }) => type === 'input_audio_buffer.clear'));
  assert.deepEqual(
    newest().events.filter(({ type }) => type !== 'session.update'),
    events,
  );
  client.close();
});

test('a long event of the upstream reaches the client byte for byte, before what comes after it', async () => {
  const client = await open();
  const delta = { type: 'response.output_audio.delta', response_id: 'resp_1', delta: long };
  newest().send(delta);
  newest().send({ type: 'rate_limits.updated' });
  await client.sees('rate_limits.updated');
  assert.deepEqual(client.events.slice(1), [delta, { type: 'rate_limits.updated' }]);
  client.close();
});

test('a message that is no text ends the session with 1003, and one beyond the limit with 1009', async () => {
  const binary = await open();
  binary.send(Buffer.from([1, 2, 3]));
  assert.equal(await binary.closed(), 1003);
  const huge = await open();
  huge.send(JSON.stringify({ type: 'x', audio: 'A'.repeat(21_000_000) }));
  assert.ok([1009, 1006].includes(await huge.closed()));
});

test('an upstream that responds unasked gets a cancel, and what it reports is charged', async () => {
  on = (event, socket) => {
    if (event.type === 'input_audio_buffer.commit') {
      socket.send({ type: 'response.created', response: { id: 'own', status: 'in_progress' } });
    }
    if (event.type === 'response.cancel') {
      const usage = { input_tokens: 5, output_tokens: 2 };
      socket.send({ type: 'response.done', response: { id: 'own', status: 'cancelled', usage } });
    }
  };
  const client = await open();
  client.send({ type: 'input_audio_buffer.commit' });
  await client.sees('response.done');
  const cancelled = newest().events.find(({ type }) => type === 'response.cancel');
  assert.equal(cancelled?.response_id, 'own');
  await until(async () => {
    const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=1'));
    return (items as { quota: number }[])[0]?.quota === 7;
  });
  client.close();
});

test('an old upstream is kept from responding by itself in the old shape', async () => {
  const client = await open();
  await until(() => newest().events.length > 0);
  const [first] = newest().events;
  assert.deepEqual(first?.session, { turn_detection: { type: 'server_vad', create_response: false } });
  const created = (await client.sees('session.created')) as unknown as {
    session: { turn_detection: object };
  };
  assert.deepEqual(created.session.turn_detection, { type: 'server_vad', create_response: true });
  client.close();
});

test('an upstream that breaks off in a response: the client gets an error, and pays for what it has', async () => {
  on = (event, socket) => {
    if (event.type !== 'response.create') return;
    socket.send({ type: 'response.created', response: { id: 'r' } });
    // A second of sound: 20 tokens.
    const delta = Buffer.alloc(48_000).toString('base64');
    socket.send({ type: 'response.output_audio.delta', response_id: 'r', delta });
    setTimeout(() => socket.socket.terminate(), 50);
  };
  const client = await open({ unlimited_quota: false, remain_quota: 1_000_000 });
  client.send({ type: 'response.create' });
  assert.equal(await client.closed(), 1011);
  assert.equal(codeOf(await client.sees('error')), 'upstream_broken');
  await until(async () => {
    const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=1'));
    const [row] = items as { completion_tokens: number; other: string }[];
    return row?.completion_tokens === 20 && JSON.parse(row.other).estimated === true;
  });
  assert.equal(await reservationsIn(gateway.dataDir), 0);
});

test('an idle session is closed, and one whose client shows no sign of life', async () => {
  const idle = await open();
  assert.equal(await idle.closed(), 1000);
  assert.equal(codeOf(await idle.sees('error')), 'request_timeout');
  const dead = await open();
  const raw = (dead.socket as unknown as { _socket: { pause(): void } })._socket;
  raw.pause();
  await until(() => newest().socket.readyState === newest().socket.CLOSED);
  dead.socket.terminate();
});

test('the client gets the refusal of an upstream before the socket opens, with its credentials masked', async () => {
  const refusing = await startSocketUpstream({
    refuse: {
      status: 400,
      body: { error: { message: 'This model speaks Klingon alone.', type: 'invalid_request_error' } },
    },
    on: () => undefined,
  });
  await gateway.createChannel(refusing.origin, { models: ['refused-realtime'] });
  dataOf(
    await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'refused-realtime', ...rates }] } }),
  );
  const { value } = await gateway.createKey();
  const refused = await refusal(gateway.url, value, { query: 'model=refused-realtime' });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /Klingon/);
  await refusing.close();
});

test('speech within a response that is not interrupted is answered once, after it', async () => {
  on = (event, socket) => {
    if (event.type === 'input_audio_buffer.clear') {
      for (const type of ['speech_stopped', 'committed']) {
        socket.send({ type: `input_audio_buffer.${type}`, item_id: 'spoken', audio_end_ms: 10 });
      }
    }
    if (event.type === 'response.create') socket.send({ type: 'response.created', response: { id: 'r' } });
    if (event.type === 'conversation.item.create') {
      socket.send({
        type: 'response.done',
        response: { id: 'r', status: 'completed', usage: { input_tokens: 1 } },
      });
    }
  };
  const client = await open();
  const creates = () => newest().events.filter(({ type }) => type === 'response.create');
  client.send({ type: 'response.create', event_id: 'mine' });
  await client.sees('response.created');
  client.send({ type: 'input_audio_buffer.clear' });
  await client.sees('input_audio_buffer.committed');
  assert.equal(creates().length, 1);
  client.send({ type: 'conversation.item.create', item: {} });
  await client.sees('response.created', 2);
  assert.equal(creates().length, 2);
  client.send({ type: 'conversation.item.create', item: {} });
  await client.sees('response.done', 2);
  client.send({ type: 'input_audio_buffer.commit' });
  await until(() => newest().events.some(({ type }) => type === 'input_audio_buffer.commit'));
  assert.equal(creates().length, 2);
  client.close();
});

test('an upstream that refuses a response ends its reservation, and an id of the gateway is shown to nobody', async () => {
  on = (event, socket) => {
    if (event.type !== 'response.create') return;
    socket.send({
      type: 'error',
      error: { type: 'invalid_request_error', code: 'x', message: 'no', event_id: event.event_id },
    });
  };
  const client = await open({ unlimited_quota: false, remain_quota: 1_000_000 });
  client.send({ type: 'response.create' });
  client.send({ type: 'response.create', event_id: 'mine' });
  await client.sees('error', 2);
  const ids = client.all('error').map(({ error }) => (error as { event_id: unknown }).event_id);
  assert.deepEqual(ids, [null, 'mine']);
  await until(async () => (await reservationsIn(gateway.dataDir)) === 0);
  client.close();
});

test('of what a client sends, little waits in the gateway for an upstream that does not read', async () => {
  on = () => undefined;
  const client = await open();
  newest().socket.pause();
  const event = JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(1_000_000) });
  for (let count = 0; count < 60; count += 1) client.send(event);
  // What the systems on both ways take is some megabytes.
  let waiting = 0;
  await until(() => {
    const isStill = client.socket.bufferedAmount === waiting;
    waiting = client.socket.bufferedAmount;
    return isStill;
  }, 200);
  assert.ok(waiting > 30_000_000, `${waiting} bytes are left with the client`);
  client.socket.terminate();
});

test('a session of a key that has expired, or was deleted where requests may finish, ends by itself', async () => {
  const expiring = await open({ expired_time: Math.ceil(Date.now() / 1000) + 1 });
  const keep = setInterval(() => expiring.send({ type: 'input_audio_buffer.clear' }), 200);
  assert.equal(await expiring.closed(), 1008);
  clearInterval(keep);
  assert.equal(codeOf(await expiring.sees('error')), 'invalid_api_key');
  const key = await gateway.createKey();
  const drained = await RealtimeSocket.open(gateway.url, key.value, { query });
  assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
  assert.equal(await drained.closed(), 1008);
});
