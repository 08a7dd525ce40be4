/** xAI's videos (`/grok/v1/videos/generations`), plain or wrapped by a gateway. Pure. */
import { variantName } from '../../domain/rates.ts';
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
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
import { bodySchema, idInPath, partOf, requireOneOf, textOf } from './request-parts.ts';
import { progressOf, stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type { FetchReading, JobAction, JobAnswer, JobVendor, JobView, SubmitReading } from './vendor.ts';

const statuses = {
  running: ['queued', 'processing', 'pending', 'NOT_START', 'SUBMITTED', 'IN_PROGRESS'],
  succeeded: ['done', 'SUCCESS'],
  failed: ['failed', 'expired', 'FAILURE'],
} as const;

const words = { running: 'processing', succeeded: 'done', failed: 'failed' } as const;

/** What xAI makes where the body does not say. An edit is as long as what is edited: 15 seconds at most. */
const usual = { model: 'grok-imagine-video', resolution: '480p' } as const;

const actionOf = (name: 'generations' | 'edits', summary: string, seconds: number): JobAction => ({
  name,
  paths: [`/grok/v1/videos/${name}`],
  summary,
  schema: bodySchema(['prompt'], {
    model: `Default \`${usual.model}\`.`,
    prompt: 'What to show.',
    duration: `Seconds, 1 to 15. Default ${seconds}.`,
    resolution: `\`480p\` (default) or \`720p\`. A variant of the price.`,
  }),
  modelOf: ({ body }) => textOf(body.model) ?? usual.model,
  check: ({ body }) => requireOneOf(body, 'prompt'),
  bound: ({ body }) => ({
    pieces: { ...noPieces, videoSeconds: secondsOf(body.duration, seconds) },
    variant: variantName(undefined, body.resolution ?? usual.resolution),
  }),
  submit: (_, { model }) => ({ path: `/grok/v1/videos/${name}`, set: { model } }),
});

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const isFine = body.code === undefined || body.code === 'success';
  const error = asObject(body.error);
  if (!isFine || error)
    return refusedBy(body.code ?? error?.code, firstText(body.message, error?.message, body.error));
  const upstreamId =
    idIn(body.request_id) ?? idIn(wrappedTask(body)?.task.task_id) ?? idIn(body.id) ?? idIn(body.data);
  if (upstreamId === undefined) return { kind: 'unclear', reason: 'an answer without an id' };
  return { kind: 'accepted', upstreamId };
}

/** The vendor's object, and the gateway's around it. */
function partsOf(body: JsonObject): { readonly task: JsonObject; readonly inner: JsonObject } {
  return wrappedTask(body) ?? { task: body, inner: body };
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  const { task, inner } = partsOf(body);
  const isKnown = ['status', 'request_id', 'video'].some((name) => task[name] !== undefined);
  if (!isKnown) return 'unclear';
  const state = stateOf(statuses, task.status);
  const video = partOf(inner, 'video');
  const why = firstText(asObject(inner.error)?.message, inner.error, task.fail_reason, task.status);
  if (state !== 'succeeded') {
    return {
      state,
      progress: progressOf(task.progress),
      failure: state === 'failed' ? why : '',
      results: [],
    };
  }
  // Gateways of this kind have put the URL where others say why it failed.
  const urls = [...urlsIn(video.url), ...urlsIn(task.fail_reason)];
  const seconds = secondsOf(video.duration, 0);
  return {
    ...{ state, progress: 100, failure: '', results: urls.slice(0, 1) },
    ...(seconds > 0 && { usage: { videoSeconds: seconds } }),
  };
}

/** Plain, however the upstream wrote it. */
function videoObject(job: JobView): JsonObject {
  const { task, inner } = partsOf(ownAnswer(job));
  const { code: _, message: __, data: ___, ...known } = inner;
  const [url] = job.results;
  return {
    ...known,
    request_id: job.id,
    model: job.model,
    status: statusWord(statuses, words, job, inner.status ?? task.status),
    progress: job.progress,
    ...(job.state === 'failed' && { error: { code: 'failed', message: job.failure } }),
    ...(job.state === 'succeeded' && url && { video: { ...partOf(inner, 'video'), url: job.result(url) } }),
  };
}

export const xaiVideo: JobVendor = {
  name: 'xai-video',
  title: "xAI's videos",
  placed: 'host',
  actions: [actionOf('generations', 'Create a video', 8), actionOf('edits', 'Edit a video', 15)],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/grok/v1/videos/{id}'],
      summary: 'Get the state of an xAI video',
      idsOf: idInPath,
    },
  ],
  statuses,
  pace: { firstMs: 3000, mostMs: 20_000, deadlineMs: 6 * 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: `/grok/v1/videos/${encodeURIComponent(upstreamId)}` }),
  readFetch,
  render: {
    submitted: ({ id }) => ({ request_id: id }),
    fetched: videoObject,
    error: taskErrors(({ code }, error) => ({ code, error })),
  },
};
