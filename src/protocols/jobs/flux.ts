/** Flux in the shape of Black Forest Labs (`/flux/v1/{model}`). Pure. */
import { variantName } from '../../domain/rates.ts';
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { firstText, idIn, refusalByStatus, refusedBy, unreadableFetch, urlsIn } from './answers.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { bodySchema, idInQuery, partOf } from './request-parts.ts';
import { progressOf, stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type { FetchReading, JobAction, JobAnswer, JobVendor, JobView, SubmitReading } from './vendor.ts';

const unknown = 'Task not found';

const statuses = {
  running: ['Pending'],
  succeeded: ['Ready'],
  failed: ['Request Moderated', 'Content Moderated', 'Error', 'Failed', unknown],
} as const;

const words = { running: 'Pending', succeeded: 'Ready', failed: 'Failed' } as const;

function sizeOf({ width, height, aspect_ratio: ratio }: JsonObject): unknown {
  return Number.isSafeInteger(width) && Number.isSafeInteger(height) ? `${width}x${height}` : ratio;
}

const create: JobAction = {
  name: 'create',
  paths: ['/flux/v1/{model}'],
  summary: 'Create an image with Flux',
  schema: bodySchema([], {
    prompt: 'What to show.',
    width: 'Pixels. With `height` a variant of the price: `1024x768`.',
    height: 'Pixels.',
    aspect_ratio: '`16:9`. A variant of the price.',
    webhook_url: 'A URL to call when the job has ended.',
  }),
  modelOf: ({ params }) => params.model,
  check: () => undefined,
  bound: ({ body }) => ({
    pieces: { ...noPieces, images: 1 },
    variant: variantName(undefined, sizeOf(body)),
  }),
  callbackField: 'webhook_url',
  submit: (_, { model, callback }) => ({
    path: `/flux/v1/${encodeURIComponent(model)}`,
    // The secret would sign calls to the client, which come from here.
    set: { webhook_url: callback, webhook_secret: undefined },
  }),
};

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const upstreamId = idIn(body.id);
  if (upstreamId !== undefined) return { kind: 'accepted', upstreamId };
  const why = firstText(body.detail, asObject(body.error)?.message, body.message);
  return why === '' ? { kind: 'unclear', reason: 'an answer without an id' } : refusedBy(body.code, why);
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  if (body.status === unknown) return 'missing';
  if (body.status === undefined && body.id === undefined) return 'unclear';
  const state = stateOf(statuses, body.status);
  return {
    state,
    progress: state === 'succeeded' ? 100 : progressOf(body.progress, 1),
    failure: state === 'failed' ? firstText(body.status) : '',
    results: state === 'succeeded' ? urlsIn(partOf(body, 'result').sample) : [],
  };
}

const fetchPath = (id: string) => `/flux/v1/get_result?id=${encodeURIComponent(id)}`;

function resultObject(job: JobView): JsonObject {
  const { polling_url: _, ...answer } = ownAnswer(job);
  return {
    ...{ result: null, details: null },
    ...answer,
    id: job.id,
    status: statusWord(statuses, words, job, answer.status),
    progress: job.progress / 100,
  };
}

export const flux: JobVendor = {
  name: 'flux',
  title: 'Flux',
  placed: 'host',
  actions: [create],
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/flux/v1/get_result'],
      summary: 'Get the state of a Flux job; its id in `?id=`',
      idsOf: idInQuery('id'),
    },
  ],
  statuses,
  pace: { firstMs: 2000, mostMs: 10_000, deadlineMs: 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: fetchPath(upstreamId) }),
  readFetch,
  render: {
    submitted: (job) => ({ ...ownAnswer(job), id: job.id, polling_url: job.link(fetchPath(job.id)) }),
    fetched: resultObject,
    error: taskErrors(({ code }, detail) => ({ detail, code })),
  },
};
