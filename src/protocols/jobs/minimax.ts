/** MiniMax's videos (`/v1/video_generation`), whose results are files that are found by a second question. Pure. */
import { variantName } from '../../domain/rates.ts';
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { readError } from '../upstream/error-facts.ts';
import { meaningOf } from '../upstream/error-rules.ts';
import { firstText, idIn, refusalByStatus, refused, unreadableFetch, urlsIn } from './answers.ts';
import { secondsOf } from './bound.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { bodySchema, idInQuery, partOf, textOf } from './request-parts.ts';
import { stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type { FetchReading, JobAction, JobAnswer, JobVendor, JobView, SubmitReading } from './vendor.ts';

const statuses = {
  running: ['Preparing', 'Queueing', 'Processing'],
  succeeded: ['Success'],
  failed: ['Fail'],
} as const;

const words = { running: 'Processing', succeeded: 'Success', failed: 'Fail' } as const;

const create: JobAction = {
  name: 'create',
  paths: ['/v1/video_generation'],
  summary: 'Create a video with MiniMax',
  schema: bodySchema(['model'], {
    model: 'The model.',
    prompt: 'What to show.',
    duration: 'Seconds. Default 6.',
    resolution: '`768P`, `1080P`. A variant of the price, in lower case.',
    callback_url: 'A URL to call when the job has ended.',
  }),
  modelOf: ({ body }) => textOf(body.model),
  check: () => undefined,
  bound: ({ body }) => ({
    pieces: { ...noPieces, videoSeconds: secondsOf(body.duration, 6) },
    variant: variantName(undefined, body.resolution),
  }),
  callbackField: 'callback_url',
  submit: (_, { model, callback }) => ({
    path: '/v1/video_generation',
    set: { model, callback_url: callback },
  }),
};

/** Errors within, and timeouts: whether it has begun is not said. */
const doubtful: ReadonlySet<string> = new Set(['1000', '1001', '1013', '1024', '1033']);

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const facts = readError(body);
  if (facts && doubtful.has(facts.code)) return { kind: 'unclear', reason: `code ${facts.code}` };
  if (facts) return refused(facts.code, facts.message, meaningOf('openai', 400, facts));
  const upstreamId = idIn(body.task_id);
  return upstreamId === undefined
    ? { kind: 'unclear', reason: 'an answer without an id' }
    : { kind: 'accepted', upstreamId };
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  const state = stateOf(statuses, body.status);
  const file = idIn(body.file_id);
  if (state === 'succeeded') {
    return { state, progress: 100, failure: '', results: file === undefined ? [] : [{ file }] };
  }
  // A job that failed says why in the same member in which others say that the question was wrong.
  if (state === 'running' && (readError(body) || body.task_id === undefined)) return 'unclear';
  const why = firstText(partOf(body, 'base_resp').status_msg, body.status);
  return { state, progress: 0, failure: state === 'failed' ? why : '', results: [] };
}

const fine = { status_code: 0, status_msg: 'success' };

/** Answers the question for the job and that for its file alike: the file has the id of its job. */
function taskObject(job: JobView): JsonObject {
  const { base_resp: _, ...answer } = ownAnswer(job);
  const [url] = job.results;
  return {
    ...answer,
    task_id: job.id,
    status: statusWord(statuses, words, job, answer.status),
    file_id: job.state === 'succeeded' ? job.id : '',
    ...(job.state === 'succeeded' &&
      url && {
        file: { file_id: job.id, purpose: 'video_generation', download_url: job.result(url) },
      }),
    base_resp: job.state === 'failed' ? { status_code: 0, status_msg: job.failure } : fine,
  };
}

export const minimax: JobVendor = {
  name: 'minimax',
  title: 'MiniMax',
  placed: 'base',
  actions: [create],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/v1/query/video_generation'],
      summary: 'Get the state of a MiniMax video; its id in `?task_id=`',
      idsOf: idInQuery('task_id'),
    },
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/v1/files/retrieve'],
      summary: 'Get the file of a MiniMax video; its id in `?file_id=`',
      idsOf: idInQuery('file_id'),
    },
  ],
  statuses,
  pace: { firstMs: 5000, mostMs: 20_000, deadlineMs: 24 * 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({
    method: 'GET',
    path: `/v1/query/video_generation?task_id=${encodeURIComponent(upstreamId)}`,
  }),
  readFetch,
  file: {
    request: (file) => ({ method: 'GET', path: `/v1/files/retrieve?file_id=${encodeURIComponent(file)}` }),
    read: ({ body }) => urlsIn(partOf(body ?? {}, 'file').download_url)[0]?.url,
  },
  render: {
    submitted: ({ id }) => ({ task_id: id, base_resp: fine }),
    fetched: taskObject,
    error: taskErrors(({ status, code }, status_msg) => ({
      base_resp: { status_code: status, status_msg },
      error: code,
    })),
  },
};
