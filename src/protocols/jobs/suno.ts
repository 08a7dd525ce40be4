/** Suno's music and lyrics in the shape of its gateways (`/suno/submit/music`). A job of music yields two clips. Pure. */
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { objectsOf } from '../usage/text-parts.ts';
import { asObject } from '../usage/usage-shape.ts';
import { firstText, idIn, refusalByStatus, refusedBy, unreadableFetch, urlsIn } from './answers.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { bodySchema, idInPath, idsInBody, missing, textOf } from './request-parts.ts';
import { progressOf, stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type { FetchReading, JobAction, JobAnswer, JobVendor, JobView, SubmitReading } from './vendor.ts';

const statuses = {
  running: ['NOT_START', 'SUBMITTED', 'QUEUED', 'IN_PROGRESS'],
  succeeded: ['SUCCESS'],
  failed: ['FAILURE'],
} as const;

const words = { running: 'IN_PROGRESS', succeeded: 'SUCCESS', failed: 'FAILURE' } as const;

const schema = bodySchema([], {
  prompt: 'The lyrics, or what the song is about.',
  mv: "The version of Suno's model. It is passed on unchanged.",
  task_id: 'Your job whose clip is continued. Required with `continue_clip_id`.',
  continue_clip_id: 'The clip of that job.',
  notify_hook: 'A URL to call when the job has ended.',
});

const submitted = (name: 'music' | 'lyrics', summary: string): JobAction => ({
  name,
  paths: [`/suno/submit/${name}`],
  summary,
  schema,
  modelOf: () => `suno_${name}`,
  check({ body }) {
    // Only the channel that made a clip can continue it.
    if (textOf(body.continue_clip_id) && !textOf(body.task_id)) throw missing('task_id');
  },
  bound: () => ({ pieces: noPieces, variant: '' }),
  originOf: ({ body }) => textOf(body.task_id),
  callbackField: 'notify_hook',
  submit: (_, { callback, originId }) => ({
    path: `/suno/submit/${name}`,
    set: { notify_hook: callback, task_id: originId },
  }),
});

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { code, message, data } = answer.body ?? {};
  if (code !== undefined && code !== 'success') return refusedBy(code, message);
  const upstreamId = idIn(data) ?? idIn(asObject(data)?.task_id);
  return upstreamId === undefined
    ? { kind: 'unclear', reason: 'an answer without an id' }
    : { kind: 'accepted', upstreamId };
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { code, data } = answer.body ?? {};
  const task = asObject(data);
  if (!task) return code === 'task_not_exist' ? 'missing' : 'unclear';
  const state = stateOf(statuses, task.status);
  const clips = objectsOf(task.data);
  return {
    state,
    progress: state === 'succeeded' ? 100 : progressOf(task.progress),
    failure: state === 'failed' ? firstText(task.fail_reason, task.status) : '',
    results:
      state === 'succeeded'
        ? clips.flatMap((clip) => [
            ...urlsIn(clip.audio_url),
            ...urlsIn(clip.video_url),
            ...urlsIn(clip.image_url),
          ])
        : [],
  };
}

function taskOf(job: JobView): JsonObject {
  const task = asObject(ownAnswer(job).data) ?? {};
  const action = job.action.toUpperCase();
  return {
    ...{ action, submit_time: job.createdAt, finish_time: job.endedAt ?? 0, data: [] },
    ...task,
    task_id: job.id,
    status: statusWord(statuses, words, job, task.status),
    progress: `${job.progress}%`,
    fail_reason: job.failure,
    notify_hook: '',
  };
}

const answered = (data: unknown): JsonObject => ({ code: 'success', message: '', data });

export const suno: JobVendor = {
  name: 'suno',
  title: 'Suno',
  placed: 'host',
  actions: [submitted('music', 'Make music'), submitted('lyrics', 'Write lyrics')],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/suno/fetch/{id}'],
      summary: 'Get the state of a Suno job',
      idsOf: idInPath,
    },
    {
      kind: 'fetch-many',
      method: 'POST',
      paths: ['/suno/fetch'],
      summary: 'Get the state of several Suno jobs',
      idsOf: idsInBody('ids'),
    },
  ],
  statuses,
  pace: { firstMs: 5000, mostMs: 20_000, deadlineMs: 2 * 3_600_000, graceMs: 60_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: `/suno/fetch/${encodeURIComponent(upstreamId)}` }),
  readFetch,
  render: {
    submitted: ({ id }) => answered(id),
    fetched: (job) => answered(taskOf(job)),
    listed: (jobs) => answered(jobs.map(taskOf)),
    error: taskErrors(({ code }, message) => ({ code, message, data: null })),
  },
};
