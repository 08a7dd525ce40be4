/** Seedance's videos in the shape of Volcano Engine (`/volc/v3/contents/generations/tasks`). Pure. */
import { variantName } from '../../domain/rates.ts';
import { noPieces } from '../../domain/usage.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';
import { objectsOf } from '../usage/text-parts.ts';
import { asObject } from '../usage/usage-shape.ts';
import { firstText, idIn, numberIn, refusalByStatus, refusedBy, unreadableFetch, urlsIn } from './answers.ts';
import { type JobBound, secondsOf } from './bound.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { bodySchema, idInPath, listSchema, partOf, textOf } from './request-parts.ts';
import { textParameters } from './seedance-text.ts';
import { progressOf, stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type { FetchReading, JobAction, JobAnswer, JobVendor, JobView, SubmitReading } from './vendor.ts';

const statuses = {
  running: ['queued', 'running'],
  succeeded: ['succeeded'],
  failed: ['failed', 'expired', 'cancelled'],
} as const;

const words = { running: 'running', succeeded: 'succeeded', failed: 'failed' } as const;

const usualSeconds = 5;
/** Where the model chooses the length itself (`duration: -1`). */
const mostSeconds = 15;
const framesPerSecond = 24;

/** From the cheapest on. */
const resolutions = ['480p', '720p', '1080p', '4k'];

const chosen = (value: unknown) => (numberIn(value) < 0 ? mostSeconds : secondsOf(value, 0));
const ofFrames = (value: unknown) => Math.ceil(secondsOf(value, 0) / framesPerSecond);

/**
 * Parameters stand in the text or beside it. Where both name one, it is not known which of them the upstream takes: the
 * more expensive one is reserved, and the answer says how long the video has become.
 */
function boundOf({ model, duration, frames, resolution, content }: JsonObject): JobBound {
  const inText = objectsOf(content).map(({ text }) => textParameters(textOf(text) ?? ''));
  const lengths = [
    ...[chosen(duration), ofFrames(frames)],
    ...inText.flatMap((each) => [chosen(each.duration), ofFrames(each.frames)]),
  ];
  const named = [resolution, ...inText.map((each) => each.resolution)].flatMap((each) =>
    typeof each === 'string' ? each.toLowerCase() : [],
  );
  // The first of them had another default than all that came after.
  const usual = /seedance-1-0-pro(?!-fast)/.test(textOf(model) ?? '') ? '1080p' : '720p';
  const size =
    named.toSorted((one, other) => resolutions.indexOf(other) - resolutions.indexOf(one))[0] ?? usual;
  return {
    pieces: { ...noPieces, videoSeconds: Math.max(...lengths) || usualSeconds },
    variant: variantName(undefined, size),
  };
}

const tasksPath = '/volc/v3/contents/generations/tasks';

const create: JobAction = {
  name: 'create',
  paths: [tasksPath],
  summary: 'Create a video with Seedance',
  schema: bodySchema(['model', 'content'], {
    model: 'The model.',
    content: listSchema('Texts and pictures.', {
      text: 'What to show. May hold parameters (`--dur 5 --rs 720p`).',
    }),
    duration: 'Seconds.',
    frames: 'In place of seconds.',
    resolution: '`480p`, `720p`, `1080p`. A variant of the price.',
    callback_url: 'A URL to call when the job has ended.',
  }),
  modelOf: ({ body }) => textOf(body.model),
  check({ body }) {
    if (objectsOf(body.content).length > 0) return;
    const message = 'The request body lacks "content", a list of texts and pictures. Add it.';
    throw new HalleyError('field_missing', { message, param: 'content' });
  },
  bound: ({ body }) => boundOf(body),
  callbackField: 'callback_url',
  submit: (_, { model, callback }) => ({ path: tasksPath, set: { model, callback_url: callback } }),
};

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const upstreamId = idIn(body.id);
  if (upstreamId !== undefined) return { kind: 'accepted', upstreamId };
  const error = asObject(body.error);
  return error
    ? refusedBy(error.code, error.message)
    : { kind: 'unclear', reason: 'an answer without an id' };
}

/** Only then does its DELETE cancel; that of an ended job deletes the record, and with it what is to be charged. */
const isQueued = (word: unknown) => typeof word === 'string' && word.trim().toLowerCase() === 'queued';

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  if (body.status === undefined && body.id === undefined) return 'unclear';
  const state = stateOf(statuses, body.status);
  const { code, message } = partOf(body, 'error');
  if (state !== 'succeeded') {
    const failure = state === 'failed' ? firstText(message, code, body.status) : '';
    return {
      ...{ state, progress: progressOf(body.progress), failure, results: [] },
      ...(state === 'running' && !isQueued(body.status) && { isFixed: true }),
    };
  }
  const seconds = chosen(body.duration) || ofFrames(body.frames);
  return {
    ...{ state, progress: 100, failure: '', results: urlsIn(partOf(body, 'content').video_url) },
    ...(seconds > 0 && { usage: { videoSeconds: seconds } }),
  };
}

function taskObject(job: JobView): JsonObject {
  const { error, ...answer } = ownAnswer(job);
  return {
    ...answer,
    id: job.id,
    model: job.model,
    status: statusWord(statuses, words, job, answer.status),
    created_at: job.createdAt,
    updated_at: job.endedAt ?? job.createdAt,
    ...(job.state === 'failed' && { error: { code: 'failed', message: job.failure, ...asObject(error) } }),
  };
}

const onePath = (id: string) => `${tasksPath}/${encodeURIComponent(id)}`;

export const seedance: JobVendor = {
  name: 'seedance',
  title: 'Seedance',
  placed: 'host',
  actions: [create],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: [`${tasksPath}/{id}`],
      summary: 'Get the state of a Seedance job',
      idsOf: idInPath,
    },
    {
      kind: 'delete',
      method: 'DELETE',
      paths: [`${tasksPath}/{id}`],
      summary: 'Delete a job of Seedance',
      idsOf: idInPath,
    },
  ],
  statuses,
  pace: { firstMs: 5000, mostMs: 20_000, deadlineMs: 48 * 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: onePath(upstreamId) }),
  readFetch,
  cancel: ({ upstreamId }) => ({ method: 'DELETE', path: onePath(upstreamId) }),
  remove: ({ upstreamId }) => ({ method: 'DELETE', path: onePath(upstreamId) }),
  render: {
    submitted: ({ id }) => ({ id }),
    fetched: taskObject,
    removed: () => ({}),
    error: taskErrors(({ code }, message) => ({ error: { code, message } })),
  },
};
