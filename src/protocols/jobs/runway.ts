/** Runway's own API (`/runwayml/v1/image_to_video`), plain or wrapped by a gateway. Pure. */
import { variantName } from '../../domain/rates.ts';
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import {
  firstText,
  idIn,
  refusalByStatus,
  refusedBy,
  unreadableFetch,
  urlsIn,
  wrappedTask,
} from './answers.ts';
import { secondsOf } from './bound.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { bodySchema, idInPath, textOf } from './request-parts.ts';
import { progressOf, stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type { FetchReading, JobAction, JobAnswer, JobVendor, JobView, SubmitReading } from './vendor.ts';

const statuses = {
  running: ['PENDING', 'THROTTLED', 'RUNNING', 'NOT_START', 'SUBMITTED', 'QUEUED', 'IN_PROGRESS'],
  succeeded: ['SUCCEEDED', 'SUCCESS'],
  failed: ['FAILED', 'CANCELLED', 'FAILURE'],
} as const;

const words = { running: 'RUNNING', succeeded: 'SUCCEEDED', failed: 'FAILED' } as const;

interface Task {
  readonly path: string;
  readonly summary: string;
  /** What it makes; seconds where the body does not say. */
  readonly makes: { readonly seconds: number } | 'picture';
}

const tasks: readonly [Task, ...Task[]] = [
  // The longest of what models take where the body does not say.
  { path: 'image_to_video', summary: 'Create a video from an image', makes: { seconds: 10 } },
  { path: 'text_to_video', summary: 'Create a video from text', makes: { seconds: 10 } },
  { path: 'video_to_video', summary: 'Create a video from a video', makes: { seconds: 5 } },
  { path: 'text_to_image', summary: 'Create an image', makes: 'picture' },
];

const schema = bodySchema(['model'], {
  model: 'The model: `gen4_turbo`.',
  duration: 'Seconds of video.',
  ratio: 'Width and height: `1280:720`. A variant of the price.',
});

const actionOf = ({ path, summary, makes }: Task): JobAction => ({
  name: path,
  paths: [`/runwayml/v1/${path}`],
  summary,
  schema,
  modelOf: ({ body }) => textOf(body.model),
  check: () => undefined,
  bound: ({ body }) => ({
    pieces: {
      ...noPieces,
      ...(makes === 'picture' ? { images: 1 } : { videoSeconds: secondsOf(body.duration, makes.seconds) }),
    },
    variant: variantName(undefined, body.ratio),
  }),
  submit: (_, { model }) => ({ path: `/runwayml/v1/${path}`, set: { model } }),
});

const [first, ...others] = tasks;
const taskPath = (id: string) => `/runwayml/v1/tasks/${encodeURIComponent(id)}`;

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const upstreamId = idIn(body.id) ?? idIn(wrappedTask(body)?.task.task_id) ?? idIn(body.data);
  const isFine = body.code === undefined || body.code === 'success';
  if (!isFine || body.error !== undefined) return refusedBy(body.code, body.message ?? body.error);
  if (upstreamId !== undefined) return { kind: 'accepted', upstreamId };
  return { kind: 'unclear', reason: 'an answer without an id' };
}

function readFetch(answer: JobAnswer): FetchReading {
  const { body = {} } = answer;
  if (body.code === 'task_not_exist') return 'missing';
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const wrapped = wrappedTask(body);
  const { task, inner } = wrapped ?? { task: body, inner: body };
  if (!wrapped && body.status === undefined && body.id === undefined) return 'unclear';
  const state = stateOf(statuses, task.status);
  const output = inner.output ?? task.output;
  const why = firstText(inner.failure, inner.failureCode, task.fail_reason, task.status);
  return {
    state,
    progress: state === 'succeeded' ? 100 : progressOf(task.progress, wrapped ? 100 : 1),
    failure: state === 'failed' ? why : '',
    results: state === 'succeeded' ? urlsIn(output) : [],
  };
}

/** Plain, however the upstream wrote it. */
function taskObject(job: JobView): JsonObject {
  const answer = ownAnswer(job);
  const { task, inner } = wrappedTask(answer) ?? { task: answer, inner: answer };
  const { code: _, message: __, data: ___, ...known } = inner;
  return {
    createdAt: new Date(job.createdAt * 1000).toISOString(),
    ...known,
    id: job.id,
    status: statusWord(statuses, words, job, inner.status ?? task.status),
    progress: job.progress / 100,
    ...(job.state === 'failed' && { failure: job.failure }),
    ...(job.state === 'succeeded' && { output: job.results.map((url) => job.result(url)) }),
  };
}

export const runway: JobVendor = {
  name: 'runway',
  title: 'Runway',
  placed: 'host',
  forwardedHeaders: ['x-runway-version'],
  actions: [actionOf(first), ...others.map(actionOf)],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/runwayml/v1/tasks/{id}'],
      summary: 'Get the state of a Runway job',
      idsOf: idInPath,
    },
    {
      kind: 'delete',
      method: 'DELETE',
      paths: ['/runwayml/v1/tasks/{id}'],
      summary: 'Cancel or delete a job of Runway',
      idsOf: idInPath,
    },
  ],
  statuses,
  // Runway wants no more than one question in five seconds.
  pace: { firstMs: 6000, mostMs: 20_000, deadlineMs: 6 * 3_600_000, graceMs: 60_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: taskPath(upstreamId) }),
  readFetch,
  cancel: ({ upstreamId }) => ({ method: 'DELETE', path: taskPath(upstreamId) }),
  remove: ({ upstreamId }) => ({ method: 'DELETE', path: taskPath(upstreamId) }),
  render: {
    submitted: ({ id }) => ({ id }),
    fetched: taskObject,
    removed: () => ({}),
    error: taskErrors(({ code }, error) => ({ error, code })),
  },
};
