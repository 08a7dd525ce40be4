/** Bria's edits of pictures (`/bria/image/edit/{action}`). Pure. */
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { firstText, idIn, refusalByStatus, refusedBy, unreadableFetch, urlsIn } from './answers.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { bodySchema, idInPath, partOf } from './request-parts.ts';
import { stateOf } from './status.ts';
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
  running: ['IN_PROGRESS'],
  succeeded: ['COMPLETED'],
  failed: ['ERROR', 'UNKNOWN'],
} as const;

const words = { running: 'IN_PROGRESS', succeeded: 'COMPLETED', failed: 'ERROR' } as const;

const modelPrefix = 'bria/';

const edit: JobAction = {
  name: 'edit',
  paths: ['/bria/image/edit/{action}'],
  summary: 'Edit an image with Bria',
  schema: bodySchema([], { image: 'A URL, or the image in base64.' }),
  modelOf: ({ params }) => `${modelPrefix}${params.action}`,
  check: () => undefined,
  bound: () => ({ pieces: { ...noPieces, images: 1 }, variant: '' }),
  submit: (_, { model }) => {
    const action = model.startsWith(modelPrefix) ? model.slice(modelPrefix.length) : model;
    return { path: `/bria/image/edit/${encodeURIComponent(action)}`, set: {} };
  },
};

function readingOf(body: JsonObject): JobReading {
  const urls = urlsIn(partOf(body, 'result').image_url);
  // An answer at once has a result and no word.
  const state = body.status === undefined && urls.length > 0 ? 'succeeded' : stateOf(statuses, body.status);
  const why = firstText(asObject(body.error)?.message, body.error, body.status);
  return {
    state,
    progress: state === 'succeeded' ? 100 : 0,
    failure: state === 'failed' ? why : '',
    results: state === 'succeeded' ? urls : [],
  };
}

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const upstreamId = idIn(body.request_id);
  const error = asObject(body.error);
  // An error has an id of its request as well.
  if (error && body.status === undefined) return refusedBy(error.code, error.message);
  if (upstreamId === undefined) return { kind: 'unclear', reason: 'an answer without an id' };
  return { kind: 'accepted', upstreamId, reading: readingOf(body) };
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  const isKnown = ['status', 'request_id', 'result'].some((name) => body[name] !== undefined);
  return isKnown ? readingOf(body) : 'unclear';
}

function requestObject(job: JobView): JsonObject {
  const { status_url: _, error, ...answer } = ownAnswer(job);
  return {
    ...answer,
    request_id: job.id,
    status: statusWord(statuses, words, job, answer.status),
    ...(job.state === 'failed' && { error: { message: job.failure, ...asObject(error) } }),
  };
}

export const bria: JobVendor = {
  name: 'bria',
  title: 'Bria',
  placed: 'host',
  actions: [edit],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/bria/{id}'],
      summary: 'Get the state of a Bria job',
      idsOf: idInPath,
    },
  ],
  statuses,
  pace: { firstMs: 2000, mostMs: 10_000, deadlineMs: 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: `/bria/${encodeURIComponent(upstreamId)}` }),
  readFetch,
  render: {
    submitted: requestObject,
    fetched: requestObject,
    error: taskErrors(({ code }, message, request_id) => ({ error: { code, message }, request_id })),
  },
};
