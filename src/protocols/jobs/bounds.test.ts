/** What each action is priced as, and the most that it may use, by the bodies that clients send. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { Pieces } from '../../domain/usage.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { JobAction, JobRequest } from './vendor.ts';
import { jobVendors } from './vendors.ts';

interface Matched {
  readonly action: JobAction;
  readonly params: JobRequest['params'];
}

/** Finds the action of a path, as routing does: fixed segments before named ones. */
function actionAt(path: string): Matched {
  const given = path.split('/');
  const all = jobVendors.flatMap(({ actions }) =>
    actions.flatMap((action) => action.paths.map((own) => ({ action, own }))),
  );
  const found = all
    .toSorted((one, other) => one.own.split('{').length - other.own.split('{').length)
    .find(({ own }) => {
      const segments = own.split('/');
      return (
        segments.length === given.length &&
        segments.every((segment, at) => segment.startsWith('{') || segment === given[at])
      );
    });
  assert.ok(found, path);
  const named = found.own.split('/').flatMap((segment, at) => {
    return segment.startsWith('{') ? [[segment.slice(1, -1), given[at] ?? '']] : [];
  });
  return { action: found.action, params: Object.fromEntries(named) };
}

type Case = readonly [
  path: string,
  body: object,
  model: string | undefined,
  pieces: Partial<Pieces>,
  variant: string,
];

const text = (value: string) => ({ content: [{ type: 'text', text: value }] });
const film = '/kling/v1/videos/text2video';
const tasks = '/volc/v3/contents/generations/tasks';
const button = (customId: string) => ({ customId, taskId: 'job_1' });

const cases: readonly Case[] = [
  ['/suno/submit/music', { prompt: 'x', mv: 'chirp-v4' }, 'suno_music', {}, ''],
  ['/suno/submit/lyrics', { prompt: 'x' }, 'suno_lyrics', {}, ''],
  [film, {}, 'kling-v1', { videoSeconds: 5 }, 'std'],
  [
    film,
    { model_name: 'kling-v2-6', mode: 'pro', duration: '10', sound: 'on' },
    'kling-v2-6',
    { videoSeconds: 10 },
    'pro/sound',
  ],
  ['/kling/v1/videos/omni-video', { duration: 7 }, 'kling-video-o1', { videoSeconds: 7 }, 'pro'],
  [
    '/kling/v1/videos/effects',
    { effect_scene: 'hug', input: { duration: '10', mode: 'pro' } },
    'kling_effects',
    { videoSeconds: 10 },
    'pro',
  ],
  ['/kling/v1/videos/lip-sync', { input: {} }, 'kling_lip_sync', {}, ''],
  ['/kling/v1/images/generations', { n: 4, resolution: '2K' }, 'kling-v1', { images: 4 }, '2k'],
  ['/kling/v1/audio/text-to-audio', { duration: 5 }, 'kling_text_to_audio', {}, ''],
  ['/mj/submit/imagine', { prompt: 'x' }, 'mj_imagine', {}, ''],
  ['/mj-fast/mj/submit/imagine', { prompt: 'x' }, 'mj_fast_imagine', {}, ''],
  ['/mj-turbo/mj/submit/blend', { base64Array: ['x'] }, 'mj_turbo_blend', {}, ''],
  ['/mj/submit/action', button('MJ::JOB::upsample::2::3dbbd469'), 'mj_upscale', {}, ''],
  ['/mj/submit/action', button('MJ::JOB::variation::2::3dbbd469'), 'mj_variation', {}, ''],
  ['/mj/submit/action', button('MJ::JOB::low_variation::1::x::SOLO'), 'mj_low_variation', {}, ''],
  ['/mj/submit/action', button('MJ::JOB::high_variation::1::x::SOLO'), 'mj_high_variation', {}, ''],
  ['/mj/submit/action', button('MJ::JOB::reroll::0::x::SOLO'), 'mj_reroll', {}, ''],
  ['/mj/submit/action', button('MJ::JOB::pan_left::1::x::SOLO'), 'mj_pan', {}, ''],
  ['/mj/submit/action', button('MJ::Outpaint::50::1::x::SOLO'), 'mj_zoom', {}, ''],
  ['/mj/submit/action', button('MJ::CustomZoom::x'), 'mj_custom_zoom', {}, ''],
  ['/mj-relax/mj/submit/action', button('MJ::Inpaint::1::x::SOLO'), 'mj_relax_inpaint', {}, ''],
  ['/mj/submit/action', button('MJ::SomethingNew::1'), 'mj_action', {}, ''],
  ['/mj/submit/change', { action: 'UPSCALE', index: 1, taskId: 'job_1' }, 'mj_upscale', {}, ''],
  ['/mj/submit/simple-change', { content: 'job_1 U2' }, 'mj_upscale', {}, ''],
  ['/mj/submit/simple-change', { content: 'job_1 V4' }, 'mj_variation', {}, ''],
  ['/mj-fast/mj/submit/simple-change', { content: 'job_1 r' }, 'mj_fast_reroll', {}, ''],
  ['/mj-fast/mj/insight-face/swap', { sourceBase64: 'x' }, 'swap_face', {}, ''],
  [
    '/runwayml/v1/image_to_video',
    { model: 'gen4_turbo', duration: 5, ratio: '1280:720' },
    'gen4_turbo',
    { videoSeconds: 5 },
    '1280:720',
  ],
  ['/runwayml/v1/text_to_video', { model: 'veo3' }, 'veo3', { videoSeconds: 10 }, ''],
  ['/runwayml/v1/text_to_image', { model: 'gen4_image' }, 'gen4_image', { images: 1 }, ''],
  [
    '/replicate/v1/models/black-forest-labs/flux-dev/predictions',
    { input: { num_outputs: 4 } },
    'black-forest-labs/flux-dev',
    { images: 4, videoSeconds: 10 },
    '',
  ],
  [
    '/replicate/v1/predictions',
    { version: '5c7d5dc6', input: { duration: 6 } },
    '5c7d5dc6',
    { images: 1, videoSeconds: 6 },
    '',
  ],
  [
    '/flux/v1/flux-pro-1.1',
    { prompt: 'x', width: 1024, height: 768 },
    'flux-pro-1.1',
    { images: 1 },
    '1024x768',
  ],
  ['/flux/v1/flux-kontext-pro', { aspect_ratio: '16:9' }, 'flux-kontext-pro', { images: 1 }, '16:9'],
  ['/bria/image/edit/erase', { image: 'x' }, 'bria/erase', { images: 1 }, ''],
  ['/grok/v1/videos/generations', { prompt: 'x' }, 'grok-imagine-video', { videoSeconds: 8 }, '480p'],
  [
    '/grok/v1/videos/generations',
    { prompt: 'x', duration: 15, resolution: '720p' },
    'grok-imagine-video',
    { videoSeconds: 15 },
    '720p',
  ],
  ['/grok/v1/videos/edits', { prompt: 'x', model: 'm' }, 'm', { videoSeconds: 15 }, '480p'],
  [
    '/v1/video_generation',
    { model: 'MiniMax-Hailuo-02', duration: 10, resolution: '1080P' },
    'MiniMax-Hailuo-02',
    { videoSeconds: 10 },
    '1080p',
  ],
  ['/v1/video_generation', { model: 'MiniMax-Hailuo-02' }, 'MiniMax-Hailuo-02', { videoSeconds: 6 }, ''],
  // Seedance: in the text, beside it, in both, in frames, and left to the model.
  [tasks, { model: 's', ...text('a cat') }, 's', { videoSeconds: 5 }, '720p'],
  [
    tasks,
    { model: 'doubao-seedance-1-0-pro-250528', ...text('a cat') },
    'doubao-seedance-1-0-pro-250528',
    { videoSeconds: 5 },
    '1080p',
  ],
  [
    tasks,
    { model: 's', ...text('a cat --ratio 16:9 --dur 10 --rs 1080p') },
    's',
    { videoSeconds: 10 },
    '1080p',
  ],
  [tasks, { model: 's', ...text('a cat --Duration 8 --RESOLUTION 480p') }, 's', { videoSeconds: 8 }, '480p'],
  [
    tasks,
    { model: 's', ...text('a cat'), duration: 12, resolution: '1080p' },
    's',
    { videoSeconds: 12 },
    '1080p',
  ],
  [
    tasks,
    { model: 's', ...text('--dur 5 --rs 480p'), duration: 10, resolution: '720p' },
    's',
    { videoSeconds: 10 },
    '720p',
  ],
  [
    tasks,
    { model: 's', ...text('--dur 10 --rs 1080p'), duration: 5, resolution: '480p' },
    's',
    { videoSeconds: 10 },
    '1080p',
  ],
  [tasks, { model: 's', ...text('a cat'), frames: 121 }, 's', { videoSeconds: 6 }, '720p'],
  [tasks, { model: 's', ...text('a cat --frames 240') }, 's', { videoSeconds: 10 }, '720p'],
  [tasks, { model: 's', ...text('a cat'), duration: -1 }, 's', { videoSeconds: 15 }, '720p'],
  [tasks, { model: 's', ...text('--dur -1') }, 's', { videoSeconds: 15 }, '720p'],
  [
    tasks,
    { model: 's', content: [{ type: 'image_url' }, { type: 'text', text: '--dur=7' }] },
    's',
    { videoSeconds: 7 },
    '720p',
  ],
];

test('an action has its model, its pieces and its variant', () => {
  for (const [path, body, model, pieces, variant] of nonEmpty(cases)) {
    const { action, params } = actionAt(path);
    const request = { params, query: '', body: body as JobRequest['body'] };
    action.check(request);
    const bound = action.bound(request);
    const counted = Object.fromEntries(Object.entries(bound.pieces).filter(([, count]) => count > 0));
    assert.deepEqual(
      [action.modelOf(request), counted, bound.variant],
      [model, pieces, variant],
      `${path} ${JSON.stringify(body)}`,
    );
  }
});

test('bodies that lack what the action needs are refused by an error that names it', () => {
  const lacking: readonly (readonly [path: string, body: object, param: string | undefined])[] = [
    ['/suno/submit/music', { continue_clip_id: 'c' }, 'task_id'],
    ['/mj/submit/imagine', {}, 'prompt'],
    ['/mj/submit/action', { customId: 'MJ::JOB::reroll::0' }, 'taskId'],
    ['/mj/submit/change', { action: 'UPSCALE' }, 'taskId'],
    ['/mj/submit/simple-change', { content: 'job_1' }, 'content'],
    ['/v7/mj/submit/imagine', { prompt: 'x' }, undefined],
    ['/replicate/v1/predictions', { input: {} }, 'version'],
    ['/replicate/v1/models/o/n/predictions', {}, 'input'],
    ['/grok/v1/videos/edits', {}, 'prompt'],
    [tasks, { model: 's', content: 'a cat' }, 'content'],
  ];
  for (const [path, body, param] of nonEmpty(lacking)) {
    const { action, params } = actionAt(path);
    const isOurs = (error: unknown) => error instanceof HalleyError && error.param === param;
    assert.throws(() => action.check({ params, query: '', body: body as JobRequest['body'] }), isOurs, path);
  }
});

test('a mapped model stands where the upstream reads it', () => {
  const target = { model: 'theirs/x', callback: undefined, originId: undefined };
  const sent = (path: string, body: object = {}, model = target.model) => {
    const { action, params } = actionAt(path);
    return action.submit({ params, query: '', body: body as JobRequest['body'] }, { ...target, model });
  };
  assert.equal(sent('/flux/v1/flux-dev', {}, 'theirs').path, '/flux/v1/theirs');
  assert.equal(sent('/bria/image/edit/erase', {}, 'bria/expand').path, '/bria/image/edit/expand');
  assert.equal(
    sent('/replicate/v1/models/o/n/predictions').path,
    '/replicate/v1/models/theirs/x/predictions',
  );
  assert.equal(sent('/replicate/v1/predictions').set.version, 'theirs/x');
  assert.equal(sent(film).set.model_name, 'theirs/x');
  assert.equal('model_name' in sent('/kling/v1/videos/lip-sync').set, false);
  for (const path of nonEmpty([
    '/v1/video_generation',
    tasks,
    '/grok/v1/videos/generations',
    '/runwayml/v1/text_to_image',
  ])) {
    assert.equal(sent(path).set.model, 'theirs/x', path);
  }
});

test('a job that continues another names it by the id of the upstream, in the place where the client did', () => {
  const continued: readonly (readonly [path: string, body: object, set: object])[] = [
    ['/suno/submit/music', { task_id: 'job_1', continue_clip_id: 'c' }, { task_id: 'up-1' }],
    ['/mj/submit/action', button('MJ::JOB::reroll::0'), { taskId: 'up-1' }],
    ['/mj/submit/modal', { taskId: 'job_1' }, { taskId: 'up-1' }],
    ['/mj/submit/video', { taskId: 'job_1' }, { taskId: 'up-1' }],
    ['/mj/submit/simple-change', { content: ' job_1  u3 ' }, { content: 'up-1 u3' }],
  ];
  for (const [path, body, set] of nonEmpty(continued)) {
    const { action, params } = actionAt(path);
    const request = { params, query: '', body: body as JobRequest['body'] };
    assert.equal(action.originOf?.(request), 'job_1', path);
    const sent = action.submit(request, { model: 'm', callback: undefined, originId: 'up-1' });
    assert.deepEqual({ ...sent.set, ...set }, sent.set, path);
  }
});

test('the secret that would sign calls to the client does not go to the upstream', () => {
  const { action, params } = actionAt('/flux/v1/flux-dev');
  const request = { params, query: '', body: { webhook_secret: 's' } };
  const { set } = action.submit(request, { model: 'flux-dev', callback: 'https://x', originId: undefined });
  assert.equal('webhook_secret' in set && set.webhook_secret === undefined, true);
});
