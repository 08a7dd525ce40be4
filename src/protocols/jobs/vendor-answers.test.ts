/** Answers that are peculiar to one vendor: wrapped ones, codes in place of statuses, usage, and URLs of the upstream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { bria } from './bria.ts';
import { flux } from './flux.ts';
import { kling } from './kling.ts';
import { midjourney } from './midjourney.ts';
import { minimax } from './minimax.ts';
import { replicate } from './replicate.ts';
import { runway } from './runway.ts';
import { seedance } from './seedance.ts';
import { suno } from './suno.ts';
import type { FetchReading, JobAnswer, JobReading, JobView } from './vendor.ts';
import { xaiVideo } from './xai-video.ts';

const ok = (body: JobAnswer['body']): JobAnswer => ({ status: 200, body });

function known(reading: FetchReading): JobReading {
  assert.equal(typeof reading, 'object', String(reading));
  return reading as JobReading;
}

const view: JobView = {
  id: 'job_1',
  action: 'music',
  model: 'm',
  state: 'running',
  progress: 40,
  failure: '',
  createdAt: 1_800_000_000,
  endedAt: undefined,
  originId: undefined,
  upstreamId: 'up-1',
  answer: undefined,
  results: [],
  result: (url) => url,
  link: (path) => `https://ours.example${path}`,
};

test('suno: a task is listed by our id before the first answer, with what it is', () => {
  const listed = suno.render.listed?.([view], false) as { readonly data: readonly Record<string, unknown>[] };
  const [task] = nonEmpty(listed.data);
  assert.deepEqual(
    [task?.task_id, task?.action, task?.status, task?.progress],
    ['job_1', 'MUSIC', 'IN_PROGRESS', '40%'],
  );
});

test('suno: only an unknown task is missing; another code says nothing', () => {
  assert.equal(suno.readFetch(ok({ code: 'task_not_exist', message: '', data: null })), 'missing');
  assert.equal(suno.readFetch(ok({ code: 'server_error', message: '', data: null })), 'unclear');
});

test('kling: answers of omni queries are wrapped once more', () => {
  const inner = {
    task_id: '9',
    task_status: 'succeed',
    task_result: { videos: [{ url: 'https://cdn.example/o.mp4' }] },
  };
  for (const data of nonEmpty([
    { status: 'SUCCESS', progress: '100%', data: inner },
    { status: 'SUCCESS', progress: '100%', data: { code: 0, data: inner } },
    { status: 'SUCCESS', data: { task_result: inner.task_result } },
  ])) {
    const read = known(kling.readFetch(ok({ code: 'success', message: '', data })));
    assert.deepEqual([read.state, read.results], ['succeeded', [{ url: 'https://cdn.example/o.mp4' }]]);
  }
  const failed = ok({
    code: 'success',
    data: { task_id: '9', status: 'FAILURE', fail_reason: 'bad', data: null },
  });
  assert.deepEqual(
    [known(kling.readFetch(failed)).state, known(kling.readFetch(failed)).failure],
    ['failed', 'bad'],
  );
});

test('kling: codes say whose fault it is, and pictures are counted as they were delivered', () => {
  const meaning = (code: number) => {
    const read = kling.readSubmit(ok({ code, message: 'm', request_id: 'r' }));
    return read.kind === 'refused' ? read.meaning : read.kind;
  };
  assert.deepEqual([1000, 1102, 1103, 1201, 1301, 1302, 1303, 5000, 5001, 5002].map(meaning), [
    'credentials',
    'used_up',
    'model_refused',
    'own',
    'own',
    'busy',
    'busy',
    'unclear',
    'failed',
    'unclear',
  ]);
  const images = [{ url: 'https://cdn.example/1.png' }, { url: 'https://cdn.example/2.png' }];
  const body = { code: 0, data: { task_id: '9', task_status: 'succeed', task_result: { images } } };
  assert.deepEqual(known(kling.readFetch(ok(body))).usage, { images: 2 });
  assert.equal(kling.readFetch(ok({ code: 1203, message: 'not found' })), 'missing');
  assert.equal(kling.readFetch(ok({ code: 1303, message: 'too many' })), 'unclear');
  assert.equal(
    kling.fetch({ upstreamId: 'a/b', action: '', path: '/kling/v1/videos/effects', model: '' }).path,
    '/kling/v1/videos/effects/a%2Fb',
  );
});

test('midjourney: a job that waits for words is free, ends at once, and shows that it waits', () => {
  const answer = {
    code: 21,
    description: 'Waiting for window confirm',
    result: 'up-1',
    properties: { finalPrompt: 'x' },
  };
  const read = midjourney.readSubmit(ok(answer));
  assert.equal(read.kind === 'accepted' && read.reading?.state, 'failed');
  const failure = read.kind === 'accepted' ? (read.reading?.failure ?? '') : '';
  const ended: JobView = { ...view, model: 'mj_fast_inpaint', state: 'failed', failure, answer };
  assert.deepEqual(midjourney.render.submitted(ended), { ...answer, result: 'job_1' });
  const shown = midjourney.render.fetched(ended);
  assert.deepEqual(
    [shown.id, shown.status, shown.failReason, shown.action],
    ['job_1', 'MODAL', '', 'INPAINT'],
  );
});

test('midjourney: what was there before is free, and is shown as it is', () => {
  const properties = { status: 'SUCCESS', imageUrl: 'https://cdn.example/u.png' };
  const answer = { code: 21, description: 'exists', result: 'up-1', properties };
  const read = midjourney.readSubmit(ok(answer));
  assert.deepEqual(read.kind === 'accepted' && [read.reading?.state, read.reading?.results], [
    'failed',
    [{ url: 'https://cdn.example/u.png' }],
  ]);
  const failure = read.kind === 'accepted' ? (read.reading?.failure ?? '') : '';
  const shown = midjourney.render.fetched({ ...view, state: 'failed', failure, answer });
  assert.deepEqual(
    [shown.status, shown.progress, shown.imageUrl],
    ['SUCCESS', '100%', 'https://cdn.example/u.png'],
  );
});

test('midjourney: a picture on a path of the upstream is shown on ours, which asks for the key', () => {
  const answer = { id: 'up-1', status: 'SUCCESS', imageUrl: 'https://upstream.example/mj/image/up-1' };
  const shown = midjourney.render.fetched({ ...view, state: 'succeeded', progress: 100, answer });
  assert.equal(shown.imageUrl, 'https://ours.example/mj/image/job_1');
  assert.equal(
    midjourney.calls.some(({ kind, paths }) => kind === 'content' && paths.includes('/mj/image/{id}')),
    true,
  );
});

test("midjourney, suno: an error about the gateway's own account is not the client's", () => {
  const meanings = [
    midjourney.readSubmit(ok({ code: 4, description: 'quota_not_enough' })),
    midjourney.readSubmit(ok({ code: 24, description: 'banned' })),
    midjourney.readSubmit(ok({ code: 23, description: 'full' })),
    suno.readSubmit(ok({ code: 'quota_not_enough', message: 'm', data: null })),
    suno.readSubmit(ok({ code: 'invalid_request', message: 'm', data: null })),
  ].map((read) => (read.kind === 'refused' ? read.meaning : read.kind));
  assert.deepEqual(meanings, ['used_up', 'own', 'busy', 'used_up', 'own']);
});

test('runway: wrapped answers, a grace time for unknown tasks, progress as a part of one', () => {
  const data = {
    task_id: 'up-1',
    status: 'SUCCESS',
    fail_reason: '',
    progress: '100%',
    data: { id: 'up-1', output: ['https://cdn.example/r.mp4'] },
  };
  const read = known(runway.readFetch(ok({ code: 'success', message: '', data })));
  assert.deepEqual([read.state, read.results], ['succeeded', [{ url: 'https://cdn.example/r.mp4' }]]);
  const queued = known(
    runway.readFetch(ok({ code: 'success', data: { task_id: 'up-1', status: 'QUEUED', progress: '20%' } })),
  );
  assert.deepEqual([queued.state, queued.progress], ['running', 20]);
  assert.equal(runway.readFetch({ status: 400, body: { code: 'task_not_exist', data: null } }), 'missing');
  assert.equal(known(runway.readFetch(ok({ id: 'up-1', status: 'RUNNING', progress: 0.37 }))).progress, 37);
  const moderated = { id: 'up-1', status: 'FAILED', failure: 'no', failureCode: 'SAFETY.INPUT.TEXT' };
  assert.equal(known(runway.readFetch(ok(moderated))).failure, 'no');
  assert.deepEqual(runway.cancel?.({ upstreamId: 'up-1', action: '', path: '', model: '' }), {
    method: 'DELETE',
    path: '/runwayml/v1/tasks/up-1',
  });
});

test('replicate: URLs of the upstream become ours, and what was made is counted', () => {
  const answer = {
    id: 'up-1',
    status: 'starting',
    webhook: 'x',
    urls: {
      get: 'https://api.replicate.com/v1/predictions/up-1',
      stream: 'https://stream.replicate.com/up-1',
    },
  };
  const shown = replicate.render.submitted({ ...view, answer });
  const own = 'https://ours.example/replicate/v1/predictions/job_1';
  assert.deepEqual([shown.urls, 'webhook' in shown], [{ get: own, cancel: `${own}/cancel` }, false]);
  const usage = (output: unknown, metrics?: object) =>
    known(replicate.readFetch(ok({ id: 'up-1', status: 'succeeded', output, metrics }))).usage;
  assert.deepEqual(usage(['https://c.example/1.webp?x', 'https://c.example/2.png']), { images: 2 });
  assert.equal(usage('https://c.example/1.mp4'), undefined);
  assert.deepEqual(usage({ image: 'https://c.example/1.png', mask: { url: 'https://c.example/2.png' } }), {
    images: 2,
  });
  assert.deepEqual(usage(['a text'], { image_count: 3 }), { images: 3 });
  assert.equal(usage('a text'), undefined);
  const list = replicate.render.listed?.([view], true) as { readonly next: unknown };
  assert.equal(list.next, 'https://ours.example/replicate/v1/predictions?after=job_1');
  assert.equal(replicate.cancel?.({ upstreamId: 'up-1', action: '', path: '', model: '' }).method, 'POST');
});

test('flux: an unknown task is missing, and the URL to ask is ours', () => {
  assert.equal(flux.readFetch(ok({ id: 'up-1', status: 'Task not found' })), 'missing');
  const answer = { id: 'up-1', polling_url: 'https://api.eu.bfl.ai/v1/get_result?id=up-1' };
  const shown = flux.render.submitted({ ...view, answer });
  assert.deepEqual(shown, { id: 'job_1', polling_url: 'https://ours.example/flux/v1/get_result?id=job_1' });
  assert.equal(JSON.stringify(flux.render.fetched({ ...view, answer })).includes('bfl.ai'), false);
});

test('bria: an edit that is answered at once has succeeded', () => {
  const body = { request_id: 'up-1', result: { image_url: 'https://cdn.example/b.png' } };
  const read = bria.readSubmit(ok(body));
  assert.equal(read.kind === 'accepted' && read.reading?.state, 'succeeded');
});

test('xai: an answer with nothing but the id runs; a wrapped one has its URL where failures have their reason', () => {
  assert.equal(known(xaiVideo.readFetch(ok({ request_id: 'up-1' }))).state, 'running');
  const data = { task_id: 'up-1', status: 'SUCCESS', fail_reason: 'https://cdn.example/x.mp4', data: {} };
  const read = known(xaiVideo.readFetch(ok({ code: 'success', data })));
  assert.deepEqual(
    [read.state, read.results, read.failure],
    ['succeeded', [{ url: 'https://cdn.example/x.mp4' }], ''],
  );
  const done = {
    request_id: 'up-1',
    status: 'done',
    video: { url: 'https://cdn.example/x.mp4', duration: 6 },
  };
  assert.deepEqual(known(xaiVideo.readFetch(ok(done))).usage, { videoSeconds: 6 });
});

test('seedance: a video is charged as long as it has become', () => {
  const usage = (fields: object) =>
    known(seedance.readFetch(ok({ id: 'up-1', status: 'succeeded', ...fields }))).usage;
  assert.deepEqual(
    [usage({ duration: 9 }), usage({ frames: 121 }), usage({})],
    [{ videoSeconds: 9 }, { videoSeconds: 6 }, undefined],
  );
});

test('seedance: only a job that is queued can be cancelled', () => {
  const isFixed = (status: unknown) => known(seedance.readFetch(ok({ id: 'up-1', status }))).isFixed;
  assert.deepEqual(
    [isFixed('queued'), isFixed('Queued'), isFixed('running'), isFixed('')],
    [undefined, undefined, true, true],
  );
});

test('minimax: a file is named by the id of its job, and a question about it has the same answer', () => {
  const answer = {
    task_id: 'up-1',
    status: 'Success',
    file_id: 'f-1',
    base_resp: { status_code: 0, status_msg: '' },
  };
  const shown = minimax.render.fetched({
    ...view,
    state: 'succeeded',
    answer,
    results: ['https://cdn.example/m.mp4'],
  });
  assert.deepEqual(
    [shown.file_id, shown.file],
    ['job_1', { file_id: 'job_1', purpose: 'video_generation', download_url: 'https://cdn.example/m.mp4' }],
  );
  assert.equal(JSON.stringify(shown).includes('f-1'), false);
  assert.equal(
    minimax.file?.read(ok({ file: { file_id: 'f-1', download_url: 'https://cdn.example/m.mp4' } })),
    'https://cdn.example/m.mp4',
  );
  assert.equal(minimax.file?.read(ok({ base_resp: { status_code: 1004 } })), undefined);
});

test('minimax: codes say whose fault it is', () => {
  const meaning = (status_code: number) => {
    const read = minimax.readSubmit(ok({ task_id: '', base_resp: { status_code, status_msg: 'm' } }));
    return read.kind === 'refused' ? read.meaning : read.kind;
  };
  assert.deepEqual([1001, 1002, 1004, 1008, 1026, 2013, 9999].map(meaning), [
    'unclear',
    'busy',
    'credentials',
    'used_up',
    'own',
    'own',
    'own',
  ]);
  const odd = { base_resp: { status_code: { toString: 1, valueOf: 1 } } };
  assert.equal(minimax.readSubmit(ok(odd)).kind, 'unclear');
  const body = { task_id: 'up-1', status: 'Fail', base_resp: { status_code: 1027, status_msg: 'sensitive' } };
  assert.deepEqual(
    [known(minimax.readFetch(ok(body))).state, known(minimax.readFetch(ok(body))).failure],
    ['failed', 'sensitive'],
  );
  assert.equal(minimax.readFetch(ok({ base_resp: { status_code: 1002, status_msg: 'slow' } })), 'unclear');
});
