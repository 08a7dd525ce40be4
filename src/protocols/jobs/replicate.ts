/** Replicate's predictions (`/replicate/v1/models/{owner}/{name}/predictions`). Pure. */
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { firstText, idIn, refusalByStatus, refusedBy, unreadableFetch, urlsIn } from './answers.ts';
import { type JobBound, secondsOf } from './bound.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import {
  bodySchema,
  countOf,
  idInPath,
  missing,
  objectSchema,
  partOf,
  requireOneOf,
  textOf,
} from './request-parts.ts';
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
  running: ['starting', 'processing'],
  succeeded: ['succeeded'],
  failed: ['failed', 'canceled', 'aborted'],
} as const;

const words = { running: 'processing', succeeded: 'succeeded', failed: 'failed' } as const;

/** A model may make either; a price has one of the two. Ten seconds are the most that models make unasked. */
function boundOf({ body }: { readonly body: JsonObject }): JobBound {
  const { num_outputs, duration, seconds } = partOf(body, 'input');
  const pieces = { images: countOf(num_outputs, 1), videoSeconds: secondsOf(duration ?? seconds, 10) };
  return { pieces: { ...noPieces, ...pieces }, variant: '' };
}

const properties = {
  input: objectSchema("The model's own input.", {
    num_outputs: 'Pictures. Default 1.',
    duration: 'Seconds of video. Default 10.',
    seconds: 'Likewise.',
  }),
  webhook: 'A URL to call when the job has ended.',
};

const predict: JobAction = {
  name: 'predict',
  paths: ['/replicate/v1/models/{owner}/{name}/predictions'],
  summary: 'Run a model of Replicate',
  schema: bodySchema(['input'], properties),
  modelOf: ({ params: { owner = '', name = '' } }) => `${owner}/${name}`,
  check: ({ body }) => requireOneOf(body, 'input'),
  bound: boundOf,
  callbackField: 'webhook',
  submit: (_, { model, callback }) => ({
    path: `/replicate/v1/models/${model.split('/').map(encodeURIComponent).join('/')}/predictions`,
    set: { webhook: callback },
  }),
};

const predictVersion: JobAction = {
  name: 'predict-version',
  paths: ['/replicate/v1/predictions'],
  summary: 'Run a version of a model of Replicate',
  schema: bodySchema(['version', 'input'], { ...properties, version: 'The model by which it is priced.' }),
  modelOf: ({ body }) => textOf(body.version),
  check({ body }) {
    requireOneOf(body, 'input');
    if (!textOf(body.version)) throw missing('version');
  },
  bound: boundOf,
  callbackField: 'webhook',
  submit: (_, { model, callback }) => ({
    path: '/replicate/v1/predictions',
    set: { version: model, webhook: callback },
  }),
};

/** URLs of an output, which is a text, a list, or an object of them. */
function outputUrls(output: unknown): JobReading['results'] {
  const object = asObject(output);
  if (!object || 'url' in object) return urlsIn(output);
  return Object.values(object).flatMap((value) => urlsIn(value));
}

const isPicture = ({ url }: { readonly url: string }) =>
  /\.(?:png|jpe?g|webp|gif|svg|avif)(?:[?#]|$)/i.test(url);

/** Pictures that it made; seconds stay as they were reserved, since a price has one of the two. */
function usageOf(body: JsonObject, urls: readonly { readonly url: string }[]): JobReading['usage'] {
  const pictures = countOf(partOf(body, 'metrics').image_count, urls.filter(isPicture).length);
  return pictures > 0 ? { images: pictures } : undefined;
}

function readingOf(body: JsonObject): JobReading {
  const state = stateOf(statuses, body.status);
  if (state !== 'succeeded') {
    const failure = state === 'failed' ? firstText(body.error, body.status) : '';
    return { state, progress: 0, failure, results: [] };
  }
  const urls = outputUrls(body.output).flatMap((result) => ('url' in result ? [result] : []));
  const usage = usageOf(body, urls);
  return { state, progress: 100, failure: '', results: urls, ...(usage && { usage }) };
}

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const upstreamId = idIn(body.id);
  if (upstreamId !== undefined) return { kind: 'accepted', upstreamId, reading: readingOf(body) };
  const why = firstText(body.detail, body.title);
  return why === '' ? { kind: 'unclear', reason: 'an answer without an id' } : refusedBy(body.status, why);
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  return body.status === undefined && body.id === undefined ? 'unclear' : readingOf(body);
}

const upstreamPath = (id: string) => `/replicate/v1/predictions/${encodeURIComponent(id)}`;

function prediction(job: JobView): JsonObject {
  const { webhook: _, ...answer } = ownAnswer(job);
  const path = `/replicate/v1/predictions/${job.id}`;
  return {
    ...{ model: job.model, created_at: new Date(job.createdAt * 1000).toISOString(), output: null },
    ...answer,
    id: job.id,
    status: statusWord(statuses, words, job, answer.status),
    error: job.state === 'failed' ? job.failure : null,
    // Those of the upstream name its host and its id. A stream and a page there have no path here.
    urls: { get: job.link(path), cancel: job.link(`${path}/cancel`) },
  };
}

const one = '/replicate/v1/predictions/{id}';

export const replicate: JobVendor = {
  name: 'replicate',
  title: 'Replicate',
  placed: 'host',
  actions: [predict, predictVersion],
  calls: [
    { kind: 'fetch', method: 'GET', paths: [one], summary: 'Get the state of a prediction', idsOf: idInPath },
    {
      kind: 'cancel',
      method: 'POST',
      paths: [`${one}/cancel`],
      summary: 'Cancel a prediction',
      idsOf: idInPath,
    },
    {
      kind: 'list',
      method: 'GET',
      paths: ['/replicate/v1/predictions'],
      summary: 'List your predictions',
      idsOf: () => [],
    },
  ],
  statuses,
  // An hour after its end Replicate deletes the output.
  pace: { firstMs: 2000, mostMs: 20_000, deadlineMs: 24 * 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: upstreamPath(upstreamId) }),
  readFetch,
  cancel: ({ upstreamId }) => ({ method: 'POST', path: `${upstreamPath(upstreamId)}/cancel` }),
  render: {
    submitted: prediction,
    fetched: prediction,
    listed(jobs, hasMore) {
      const last = jobs.at(-1);
      const next = last?.link(`/replicate/v1/predictions?after=${last.id}`);
      return { previous: null, next: hasMore ? (next ?? null) : null, results: jobs.map(prediction) };
    },
    error: taskErrors(({ status, code }, detail) => ({ title: code, detail, status })),
  },
};
