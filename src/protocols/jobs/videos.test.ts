import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { noPieces } from '../../domain/usage.ts';
import type { JobView } from './vendor.ts';
import { videos } from './videos.ts';

const [create] = videos.actions;
const remix = videos.actions.find(({ name }) => name === 'remix') ?? create;
const request = (body: object) => ({ params: {}, query: '', body: body as Record<string, unknown> });

test('each word of an end is one, in any letter case; every other word, and none, means that it runs', () => {
  const stateOf = (status: unknown) => {
    const reading = videos.readFetch({ status: 200, body: { id: 'v', status } });
    return typeof reading === 'string' ? reading : reading.state;
  };
  const { succeeded, failed, running } = videos.statuses;
  for (const word of nonEmpty(succeeded)) {
    assert.equal(stateOf(word), 'succeeded', word);
    assert.equal(stateOf(` ${word.toUpperCase()}`), 'succeeded', word);
  }
  for (const word of nonEmpty(failed)) assert.equal(stateOf(word), 'failed', word);
  for (const word of nonEmpty([...running, 'rendering', '', undefined, null, 7])) {
    assert.equal(stateOf(word), 'running', String(word));
  }
});

test('an answer that tells nothing about the job is asked for again; only 404 and 410 say that it is unknown', () => {
  const read = (status: number, body?: Record<string, unknown>) => videos.readFetch({ status, body });
  assert.equal(read(404, { error: { message: 'x' } }), 'missing');
  assert.equal(read(410), 'missing');
  for (const status of [401, 429, 500, 503]) assert.equal(read(status, { status: 'failed' }), 'unclear');
  assert.equal(read(200), 'unclear');
});

test('a submit is accepted by an id alone; what may have been accepted is never called refused', () => {
  const kindOf = (status: number, body?: Record<string, unknown>) => videos.readSubmit({ status, body }).kind;
  const error = { error: { message: 'no', code: 'x' } };
  assert.equal(kindOf(200, { id: 'v', status: 'queued' }), 'accepted');
  assert.equal(kindOf(200, { task_id: 'v' }), 'accepted');
  assert.equal(kindOf(200, error), 'refused');
  for (const body of [undefined, {}, { id: '' }, { id: null }]) assert.equal(kindOf(200, body), 'unclear');
  for (const status of nonEmpty([400, 401, 403, 404, 422, 429, 501, 503, 529])) {
    assert.equal(kindOf(status, error), 'refused', String(status));
    assert.equal(kindOf(status), 'refused', String(status));
  }
  for (const status of nonEmpty([408, 499, 502, 504, 520, 524])) {
    assert.equal(kindOf(status, error), 'unclear', String(status));
  }
  assert.equal(kindOf(500), 'unclear');
  assert.deepEqual(videos.readSubmit({ status: 500, body: error }), {
    kind: 'refused',
    meaning: 'failed',
    code: 'x',
    message: 'no',
    isFinal: true,
  });
});

test('what a refusal means decides whether another channel gets the job', () => {
  const meaningOf = (status: number, code: string) => {
    const reading = videos.readSubmit({ status, body: { error: { message: 'no', code } } });
    return reading.kind === 'refused' ? reading.meaning : reading.kind;
  };
  assert.equal(meaningOf(400, 'invalid_prompt'), 'own');
  assert.equal(meaningOf(401, ''), 'credentials');
  assert.equal(meaningOf(429, 'insufficient_quota'), 'used_up');
  assert.equal(meaningOf(429, ''), 'busy');
  assert.equal(meaningOf(503, ''), 'failed');
});

test('the bound is what the request asks for, by whatever name, and what is usual where it does not say', () => {
  const bound = (body: object) => create.bound(request(body));
  const made = (videoSeconds: number, variant: string) => ({
    pieces: { ...noPieces, videoSeconds },
    variant,
  });
  assert.deepEqual(bound({}), made(4, '720x1280'));
  assert.deepEqual(bound({ seconds: '8', size: '1792x1024' }), made(8, '1792x1024'));
  assert.deepEqual(bound({ duration: 7.2 }), made(8, '720x1280'));
  for (const seconds of nonEmpty([0, -1, 'x', '', null, Number.NaN, {}])) {
    assert.deepEqual(bound({ seconds }), made(4, '720x1280'), String(seconds));
  }
  assert.deepEqual(remix.bound(request({}), made(12, '1024x1792')), made(12, '1024x1792'));
});

test('answers have our ids and URLs in place of those of the upstream, and keep what else it says', () => {
  const answer = {
    id: 'up',
    task_id: 'up',
    status: 'completed',
    video_url: 'https://cdn.example/v.mp4',
    remixed_from_video_id: 'up-0',
    prompt: 'waves',
  };
  const job: JobView = {
    id: 'job_1',
    action: 'create',
    model: 'mine',
    state: 'succeeded',
    progress: 100,
    failure: '',
    createdAt: 5,
    endedAt: 9,
    originId: 'job_0',
    upstreamId: 'up',
    answer,
    results: ['https://cdn.example/v.mp4'],
    result: (url) => `here/${url.length}`,
    link: (path) => path,
  };
  const shown = videos.render.fetched(job);
  assert.equal(JSON.stringify(shown).includes('up'), false);
  assert.deepEqual(
    [shown.id, shown.task_id, shown.model, shown.remixed_from_video_id, shown.video_url, shown.prompt],
    ['job_1', 'job_1', 'mine', 'job_0', 'here/25', 'waves'],
  );
  const failed = videos.render.fetched({
    ...job,
    state: 'failed',
    failure: 'too late',
    answer: { id: 'up' },
  });
  assert.deepEqual([failed.status, failed.error], ['failed', { code: 'failed', message: 'too late' }]);
});
