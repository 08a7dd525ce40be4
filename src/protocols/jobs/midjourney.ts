/** Midjourney in the shape of its gateways (`/mj/submit/imagine`). Pure. */
import type { JsonObject } from '../protocol.ts';
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
import { mjActions } from './midjourney-actions.ts';
import { ownAnswer, statusWord } from './own-answer.ts';
import { idInPath, idsInBody, partOf } from './request-parts.ts';
import { progressOf, stateOf } from './status.ts';
import { taskErrors } from './task-errors.ts';
import type { FetchReading, JobAnswer, JobReading, JobVendor, JobView, SubmitReading } from './vendor.ts';

const statuses = {
  running: ['NOT_START', 'SUBMITTED', 'MODAL', 'IN_PROGRESS'],
  succeeded: ['SUCCESS'],
  failed: ['FAILURE'],
} as const;

const words = { running: 'IN_PROGRESS', succeeded: 'SUCCESS', failed: 'FAILURE' } as const;

/** What is said of a job that was answered with code 21: it is free, and goes on as a job of its own, by `modal`. */
const elsewhere = 'it waits for /mj/submit/modal, or was there before';

function resultsOf({ imageUrl, videoUrl, videoUrls, imageUrls }: JsonObject): JobReading['results'] {
  return [...urlsIn(imageUrl), ...urlsIn(videoUrl), ...urlsIn(videoUrls), ...urlsIn(imageUrls)];
}

function readSubmit(answer: JobAnswer): SubmitReading {
  const byStatus = refusalByStatus(answer);
  if (byStatus) return byStatus;
  const { body = {} } = answer;
  const code = numberIn(body.code);
  const upstreamId = idIn(body.result);
  const isTaken = code === 1 || code === 21 || code === 22;
  if (isTaken && upstreamId !== undefined) {
    if (code !== 21) return { kind: 'accepted', upstreamId };
    const results = resultsOf(partOf(body, 'properties'));
    return {
      kind: 'accepted',
      upstreamId,
      reading: { state: 'failed', progress: 0, failure: elsewhere, results },
    };
  }
  if (isTaken || body.code === undefined) return { kind: 'unclear', reason: 'an answer without an id' };
  // The queue is full. Banned words (24) and whatever else are of the request, unless the words say otherwise.
  if (code === 23) return refused(body.code, body.description, 'busy');
  // Gateways write the words of their codes there: `quota_not_enough`.
  return refusedBy(body.description, body.description);
}

function readFetch(answer: JobAnswer): FetchReading {
  const unreadable = unreadableFetch(answer);
  if (unreadable) return unreadable;
  const { body = {} } = answer;
  // `{code: 4, description: "task_no_found"}`.
  if (body.status === undefined && body.id === undefined) return 'unclear';
  const state = stateOf(statuses, body.status);
  return {
    state,
    progress: state === 'succeeded' ? 100 : progressOf(body.progress),
    failure: state === 'failed' ? firstText(body.failReason, body.status) : '',
    results: state === 'succeeded' ? resultsOf(body) : [],
  };
}

/** An image on a path of the upstream's holds the upstream's id and needs no key there; ours needs the owner's. */
function imageOf(job: JobView, url: unknown): unknown {
  const isTheirs = typeof url === 'string' && /\/mj\/image\//.test(url);
  return isTheirs ? job.link(`/mj/image/${job.id}`) : url;
}

function taskObject(job: JobView): JsonObject {
  const { code, description: _, result: __, ...answer } = ownAnswer(job);
  const isElsewhere = job.failure === elsewhere;
  const { properties, ...task } = answer;
  const found = code === undefined ? task : partOf(answer, 'properties');
  const word = firstText(found.status, 'MODAL');
  return {
    ...{
      action: actionWord(job.model),
      submitTime: job.createdAt * 1000,
      finishTime: (job.endedAt ?? 0) * 1000,
    },
    ...{ properties, ...task },
    id: job.id,
    status: isElsewhere ? word : statusWord(statuses, words, job, found.status),
    progress: isElsewhere && word === 'SUCCESS' ? '100%' : `${job.progress}%`,
    failReason: isElsewhere ? '' : job.failure,
    ...('imageUrl' in found && { imageUrl: imageOf(job, found.imageUrl) }),
  };
}

const actionWord = (model: string) => model.replace(/^(?:mj_)?(?:(?:fast|relax|turbo)_)?/, '').toUpperCase();

function submittedObject(job: JobView): JsonObject {
  return { code: 1, description: 'Submit success', properties: {}, ...ownAnswer(job), result: job.id };
}

export const midjourney: JobVendor = {
  name: 'midjourney',
  title: 'Midjourney',
  placed: 'host',
  actions: mjActions,
  calls: [
    {
      kind: 'fetch',
      method: 'GET',
      paths: ['/mj/task/{id}/fetch', '/{mode}/mj/task/{id}/fetch'],
      summary: 'Get the state of a Midjourney job',
      idsOf: idInPath,
    },
    {
      kind: 'fetch-many',
      method: 'POST',
      paths: ['/mj/task/list-by-condition', '/{mode}/mj/task/list-by-condition'],
      summary: 'Get the state of several Midjourney jobs',
      idsOf: idsInBody('ids'),
    },
    {
      kind: 'content',
      method: 'GET',
      paths: ['/mj/image/{id}'],
      summary: 'Get the image of a Midjourney job',
      idsOf: idInPath,
    },
  ],
  statuses,
  pace: { firstMs: 5000, mostMs: 15_000, deadlineMs: 3_600_000, graceMs: 30_000 },
  readSubmit,
  fetch: ({ upstreamId }) => ({ method: 'GET', path: `/mj/task/${encodeURIComponent(upstreamId)}/fetch` }),
  readFetch,
  render: {
    submitted: submittedObject,
    fetched: taskObject,
    listed: (jobs) => jobs.map(taskObject),
    error: taskErrors(({ code }, description) => ({ code: 4, description, type: code })),
  },
};
