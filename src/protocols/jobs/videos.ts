/** OpenAI's shape of video jobs (`/v1/videos`), which many vendors serve. Pure. */
import { variantName } from '../../domain/rates.ts';
import { noPieces } from '../../domain/usage.ts';
import { HalleyError } from '../../platform/errors.ts';
import { openaiClientProtocol } from '../client/openai.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { idIn, refusalByStatus, refused, unreadableFetch, urlsIn } from './answers.ts';
import { type JobBound, secondsOf } from './bound.ts';
import { textOf } from './request-parts.ts';
import { progressOf, stateOf } from './status.ts';
import type {
  FetchReading,
  JobAction,
  JobAnswer,
  JobCall,
  JobReading,
  JobRequest,
  JobVendor,
  JobView,
  SubmitReading,
} from './vendor.ts';

/** What OpenAI makes where the request does not say (API reference, create a video). */
const usual = { model: 'sora-2', seconds: 4, size: '720x1280' } as const;

const statuses = {
  running: ['queued', 'in_progress', 'processing', 'pending', 'NOT_START', 'SUBMITTED', 'IN_PROGRESS'],
  // CometAPI ends with `error` as well.
  succeeded: ['completed', 'succeeded', 'SUCCESS'],
  failed: ['failed', 'error', 'cancelled', 'canceled', 'expired', 'FAILURE'],
} as const;

/** What the client writes about the work, in the names of several vendors. */
function boundIn({ seconds, duration, size }: JsonObject): JobBound {
  return {
    pieces: { ...noPieces, videoSeconds: secondsOf(seconds ?? duration, usual.seconds) },
    variant: variantName(undefined, size ?? usual.size),
  };
}

function requirePrompt({ body }: JobRequest): void {
  if (typeof body.prompt === 'string' && body.prompt !== '') return;
  throw new HalleyError('field_missing', {
    message: 'The request body lacks "prompt". Add it.',
    param: 'prompt',
  });
}

const create: JobAction = {
  name: 'create',
  paths: ['/v1/videos'],
  summary: 'Create a video',
  takesForms: true,
  catalogue: { name: 'openai-video', serves: (type) => type === 'video' },
  schema: {
    type: 'object',
    required: ['prompt'],
    properties: {
      model: { type: 'string', description: `Default \`${usual.model}\`.` },
      prompt: { type: 'string', minLength: 1 },
      seconds: { type: ['string', 'integer'], description: `Default "${usual.seconds}".` },
      duration: { description: 'As `seconds`.' },
      size: { type: 'string', description: `Default \`${usual.size}\`.` },
      input_reference: { description: 'A file in a form, otherwise an object with `image_url`.' },
      callback_url: { type: 'string', format: 'uri' },
    },
  },
  modelOf: ({ body }) => (typeof body.model === 'string' && body.model !== '' ? body.model : usual.model),
  check: requirePrompt,
  bound: ({ body }) => boundIn(body),
  callbackField: 'callback_url',
  submit: (_, { model, callback }) => ({ path: '/v1/videos', set: { model, callback_url: callback } }),
};

const remix: JobAction = {
  name: 'remix',
  paths: ['/v1/videos/{id}/remix'],
  summary: 'Create another video from one of your own',
  takesForms: true,
  schema: { type: 'object', required: ['prompt'], properties: { prompt: { type: 'string', minLength: 1 } } },
  modelOf: () => undefined,
  check: requirePrompt,
  // As long and as large as the one it is made from.
  bound: ({ body }, origin) => origin ?? boundIn(body),
  originOf: ({ params }) => params.id,
  submit: (_, { originId = '' }) => ({
    path: `/v1/videos/${encodeURIComponent(originId)}/remix`,
    set: {},
  }),
};

const idInPath = ({ params }: JobRequest) => (params.id === undefined ? [] : [params.id]);
const one = '/v1/videos/{id}';

const calls: readonly JobCall[] = [
  {
    kind: 'list',
    method: 'GET',
    paths: ['/v1/videos'],
    summary: 'List your videos',
    idsOf: () => [],
  },
  { kind: 'fetch', method: 'GET', paths: [one], summary: 'Get the state of a video', idsOf: idInPath },
  { kind: 'delete', method: 'DELETE', paths: [one], summary: 'Delete a video', idsOf: idInPath },
  {
    kind: 'content',
    method: 'GET',
    paths: [`${one}/content`],
    summary: 'Get the bytes of a video',
    idsOf: idInPath,
  },
];

function readingOf(body: JsonObject): JobReading {
  const state = stateOf(statuses, body.status);
  const { message, code } = asObject(body.error) ?? {};
  const why = [message, code, body.error].find((text) => typeof text === 'string' && text !== '');
  const url = urlsIn(body.video_url ?? body.url ?? asObject(body.result)?.video_url);
  return {
    state,
    progress: state === 'succeeded' ? 100 : progressOf(body.progress),
    failure: state === 'failed' ? String(why ?? body.status) : '',
    results: state === 'succeeded' ? url : [],
  };
}

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const upstreamId = idIn(answer.body?.id) ?? idIn(answer.body?.task_id);
  if (answer.body && upstreamId !== undefined) {
    return { kind: 'accepted', upstreamId, reading: readingOf(answer.body) };
  }
  const error = asObject(answer.body?.error);
  return error ? refused(error.code, error.message) : { kind: 'unclear', reason: 'an answer without an id' };
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  return unreadable ?? readingOf(answer.body ?? {});
}

const words = { running: 'in_progress', succeeded: 'completed', failed: 'failed' } as const;

/** The upstream's object with our ids, and with what Halley knows better. */
function videoObject(job: JobView): JsonObject {
  const { answer = {}, state } = job;
  const { video_url: url, task_id: taskId } = answer;
  const isSame = state === 'running' && stateOf(statuses, answer.status) === 'running';
  const word = isSame ? textOf(answer.status) : undefined;
  const { message, code } = asObject(answer.error) ?? {};
  return {
    ...answer,
    id: job.id,
    ...(taskId !== undefined && { task_id: job.id }),
    object: 'video',
    model: job.model,
    status: word ?? words[state],
    progress: job.progress,
    created_at: job.createdAt,
    completed_at: state === 'succeeded' ? (job.endedAt ?? null) : null,
    expires_at: answer.expires_at ?? null,
    remixed_from_video_id: job.originId ?? null,
    error:
      state === 'failed'
        ? { code: typeof code === 'string' ? code : 'failed', message: message ?? job.failure }
        : null,
    ...(typeof url === 'string' && { video_url: job.result(url) }),
  };
}

const videoPath = (id: string) => `/v1/videos/${encodeURIComponent(id)}`;

export const videos: JobVendor = {
  name: 'videos',
  title: "Videos (OpenAI's format)",
  placed: 'base',
  actions: [create, remix],
  calls,
  statuses,
  pace: { firstMs: 2000, mostMs: 20_000, deadlineMs: 6 * 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: videoPath(upstreamId) }),
  readFetch,
  remove: ({ upstreamId }) => ({ method: 'DELETE', path: videoPath(upstreamId) }),
  content: ({ upstreamId }, query) => ({
    method: 'GET',
    path: `${videoPath(upstreamId)}/content${query === '' ? '' : `?${query}`}`,
  }),
  render: {
    submitted: videoObject,
    fetched: videoObject,
    listed: (jobs, hasMore) => ({
      object: 'list',
      data: jobs.map(videoObject),
      first_id: jobs[0]?.id ?? null,
      last_id: jobs.at(-1)?.id ?? null,
      has_more: hasMore,
    }),
    removed: ({ id }) => ({ id, object: 'video.deleted', deleted: true }),
    error: openaiClientProtocol.renderError,
  },
};
