/** Kling's videos, pictures and sounds (`/kling/v1/videos/text2video`). Pure. */
import { variantName } from '../../domain/rates.ts';
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import {
  firstText,
  idIn,
  numberIn,
  refusalByStatus,
  refused,
  refusedBy,
  unreadableFetch,
  urlsIn,
} from './answers.ts';
import { type JobBound, secondsOf } from './bound.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { bodySchema, countOf, idInPath, objectSchema, partOf, textOf } from './request-parts.ts';
import { progressOf, stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type {
  FetchReading,
  JobAction,
  JobAnswer,
  JobReading,
  JobVendor,
  JobView,
  SubmitReading,
} from './vendor.ts';

const statuses = {
  // The upper case is that of gateways, which wrap some answers once more.
  running: ['submitted', 'processing', 'NOT_START', 'QUEUED', 'IN_PROGRESS'],
  succeeded: ['succeed', 'SUCCESS'],
  failed: ['failed', 'FAILURE'],
} as const;

const words = { running: 'processing', succeeded: 'succeed', failed: 'failed' } as const;

/** By seconds, by mode, and with sound made along: `pro`, `pro/sound`. @param usual the mode where the body names none */
const filmIn =
  (usual: 'std' | 'pro') =>
  ({ duration, mode, sound }: JsonObject): JobBound => ({
    pieces: { ...noPieces, videoSeconds: secondsOf(duration, 5) },
    variant: variantName(textOf(mode) ?? usual, sound === 'on' ? 'sound' : undefined),
  });

const film = filmIn('std');
// What it takes is not written down in every version of its documents: the more expensive one is reserved.
const omniFilm = filmIn('pro');

const picture = ({ n, resolution }: JsonObject): JobBound => ({
  pieces: { ...noPieces, images: countOf(n, 1) },
  variant: variantName(undefined, resolution),
});

/** What has no size that its request tells. */
const once = (): JobBound => ({ pieces: noPieces, variant: '' });

interface Task {
  readonly path: string;
  readonly summary: string;
  readonly bound: (body: JsonObject) => JobBound;
  /** What Kling takes where the body names no model, or a name for the action where bodies never do. */
  readonly model: string;
  /** The field that names the model; '' = there is none. */
  readonly modelField: 'model_name' | '';
}

const task = (path: string, model: string, bound: Task['bound'], summary: string): Task => ({
  ...{ path, model, bound, summary },
  modelField: model.startsWith('kling_') ? '' : 'model_name',
});

const tasks: readonly [Task, ...Task[]] = [
  task('videos/text2video', 'kling-v1', film, 'Create a video from text'),
  task('videos/image2video', 'kling-v1', film, 'Create a video from an image'),
  task('videos/multi-image2video', 'kling-v1-6', film, 'Create a video from several images'),
  task('videos/omni-video', 'kling-video-o1', omniFilm, 'Create a video from text, images and videos'),
  task(
    'videos/effects',
    'kling_effects',
    (body) => film(partOf(body, 'input')),
    'Create a video by an effect',
  ),
  task('videos/lip-sync', 'kling_lip_sync', once, 'Sync lips to a voice'),
  task('videos/advanced-lip-sync', 'kling_lip_sync', once, 'Sync lips to voices'),
  task('images/generations', 'kling-v1', picture, 'Create images'),
  task('images/multi-image2image', 'kling-v2', picture, 'Create images from several'),
  task('images/omni-image', 'kling-image-o1', picture, 'Create images from text and images'),
  task('images/expand', 'kling_expand', picture, 'Extend an image beyond its edges'),
  task('images/kolors-virtual-try-on', 'kolors-virtual-try-on-v1', picture, 'Try clothes on a person'),
  task('audio/text-to-audio', 'kling_text_to_audio', once, 'Create a sound from text'),
  task('audio/video-to-audio', 'kling_video_to_audio', once, 'Create a sound for a video'),
];

const schema = bodySchema([], {
  model_name: 'The model, where Kling has a choice. Otherwise the action has a model of its own.',
  mode: '`std` (default) or `pro`. A variant of the price.',
  duration: 'Seconds of video. Default 5.',
  sound: '`on` generates sound too. A variant of the price.',
  n: 'Pictures. Default 1.',
  resolution: 'Of images. A variant of the price.',
  input: objectSchema('Of effects and lips: what others have at the top.', {
    mode: 'As above.',
    duration: 'As above.',
    sound: 'As above.',
  }),
  callback_url: 'A URL to call when the job has ended.',
});

const actionOf = ({ path, summary, bound, model: usual, modelField }: Task): JobAction => ({
  name: path.replaceAll('/', '.'),
  paths: [`/kling/v1/${path}`],
  summary,
  schema,
  modelOf: ({ body }) => (modelField === '' ? undefined : textOf(body[modelField])) ?? usual,
  check: () => undefined,
  bound: ({ body }) => bound(body),
  callbackField: 'callback_url',
  submit: (_, { model, callback }) => ({
    path: `/kling/v1/${path}`,
    set: { ...(modelField !== '' && { [modelField]: model }), callback_url: callback },
  }),
});

const [first, ...others] = tasks;

/** Kling's own, and that of gateways which wrap it. */
const isFine = (code: unknown) => code === undefined || code === 0 || code === 'success';

/** Kling's object of a task, and the words of the gateway around it. */
function taskIn(body: JsonObject): JsonObject {
  const outer = asObject(body.data) ?? {};
  if ('task_status' in outer) return outer;
  const { status: task_status, progress, fail_reason, task_id } = outer;
  const within = asObject(outer.data) ?? {};
  return { ...{ task_status, progress, fail_reason, task_id }, ...(asObject(within.data) ?? within) };
}

function readingOf(task: JsonObject): JobReading {
  const state = stateOf(statuses, task.task_status);
  const { videos, images, audios } = partOf(task, 'task_result');
  const pictures = state === 'succeeded' ? urlsIn(images) : [];
  return {
    state,
    progress: state === 'succeeded' ? 100 : progressOf(task.progress),
    failure: state === 'failed' ? firstText(task.task_status_msg, task.fail_reason, task.task_status) : '',
    results: state === 'succeeded' ? [...urlsIn(videos), ...pictures, ...soundsIn(audios)] : [],
    // Pictures delivered are charged, not those asked for.
    ...(pictures.length > 0 && { usage: { images: pictures.length } }),
  };
}

const soundsIn = (audios: unknown) => [...urlsIn(audios), ...urlsIn(audios, 'url_mp3')];

/** https://app.klingai.com/global/dev/document-api/apiReference/commonInfo: what its codes begin with. */
function refusalOf(code: unknown, message: unknown): SubmitReading {
  const number = numberIn(code);
  if (number >= 1000 && number < 1100) return refused(code, message, 'credentials');
  if (number >= 1100 && number < 1103) return refused(code, message, 'used_up');
  if (number === 1103) return refused(code, message, 'model_refused');
  if (number === 1302 || number === 1303) return refused(code, message, 'busy');
  if (number === 5001) return refused(code, message, 'failed');
  // An error within, or a timeout: whether it has begun is not said.
  if (number >= 5000) return { kind: 'unclear', reason: `code ${number}` };
  return refusedBy(code, message);
}

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { code, message } = answer.body ?? {};
  if (!isFine(code)) return refusalOf(code, message);
  const task = taskIn(answer.body ?? {});
  const upstreamId = idIn(task.task_id);
  if (upstreamId === undefined) return { kind: 'unclear', reason: 'an answer without an id' };
  return { kind: 'accepted', upstreamId, reading: readingOf(task) };
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  // 1203: the resource does not exist.
  if (body.code === 1203) return 'missing';
  return isFine(body.code) && asObject(body.data) ? readingOf(taskIn(body)) : 'unclear';
}

function taskObject(job: JobView): JsonObject {
  const answer = ownAnswer(job);
  const task = taskIn(answer);
  return {
    code: 0,
    message: 'SUCCEED',
    request_id: answer.request_id ?? job.id,
    data: {
      ...{ created_at: job.createdAt * 1000, updated_at: (job.endedAt ?? job.createdAt) * 1000 },
      ...task,
      task_id: job.id,
      task_status: statusWord(statuses, words, job, task.task_status),
      task_status_msg: job.failure,
    },
  };
}

export const kling: JobVendor = {
  name: 'kling',
  title: 'Kling',
  placed: 'host',
  actions: [actionOf(first), ...others.map(actionOf)],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: [`/kling/v1/${first.path}/{id}`, ...others.map(({ path }) => `/kling/v1/${path}/{id}`)],
      summary: 'Get the state of a Kling job',
      idsOf: idInPath,
    },
  ],
  statuses,
  pace: { firstMs: 5000, mostMs: 20_000, deadlineMs: 24 * 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ path, upstreamId }) => ({ method: 'GET', path: `${path}/${encodeURIComponent(upstreamId)}` }),
  readFetch,
  render: {
    submitted: taskObject,
    fetched: taskObject,
    error: taskErrors(({ status, code }, message, request_id) => ({
      code: status,
      message,
      request_id,
      error: code,
    })),
  },
};
