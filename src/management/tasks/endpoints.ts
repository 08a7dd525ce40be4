/** `/api/task`, `/api/mj`: jobs that outlive their request, of an account, and of all accounts for administrators. */
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { jobResolved } from '../../store/audit-notes.ts';
import type { JobFilter, JobRow } from '../../store/job-store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { numberOf } from '../logs/filter.ts';
import { pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter, numberParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { managedTask, reservedUnits, statesOf, taskRecord } from './record.ts';
import { managedTaskSchema, resolveTaskSchema, taskRecordSchema, taskStatuses } from './schemas.ts';

const filterParameters = {
  platform: 'Of this vendor.',
  task_id: 'The job with this id. Also taken as `mj_id`.',
  mj_id: 'As `task_id`.',
  action: 'Of this action.',
  status: choiceParameter('In this state.', taskStatuses),
  start_timestamp: numberParameter('Submitted then or later, in seconds.'),
  end_timestamp: numberParameter('Submitted then or earlier, in seconds.'),
  token_id: numberParameter('Submitted with this key.'),
  request_id: 'Submitted with this request.',
} as const;

const managedParameters = {
  ...filterParameters,
  user_id: numberParameter('Of this account.'),
} as const;

const msOf = (query: URLSearchParams, name: string, plus: number) => {
  const seconds = numberOf(query, name);
  return seconds === undefined ? undefined : seconds * 1000 + plus;
};

function readFilter(query: URLSearchParams, vendor: string | undefined): JobFilter {
  const status = query.get('status');
  return {
    vendor: vendor ?? (query.get('platform') || undefined),
    publicId: query.get('task_id') || query.get('mj_id') || undefined,
    requestId: query.get('request_id') || undefined,
    keyId: numberOf(query, 'token_id'),
    action: query.get('action') || undefined,
    states: status ? statesOf(status) : undefined,
    fromMs: msOf(query, 'start_timestamp', 0),
    toMs: msOf(query, 'end_timestamp', 999),
  };
}

async function list(
  { store }: Services,
  query: URLSearchParams,
  filter: JobFilter,
  record: (row: JobRow, reserved: number) => unknown,
) {
  const page = readPage(query);
  const [total, items] = await Promise.all([
    store.jobs.count(filter, limits.records_counted_max),
    store.jobs.list(filter, { limit: page.limit, offset: page.offset, order: 'desc' }),
  ]);
  const reserved = await reservedUnits(store, items);
  return success(pageRecord(page, { total, items }, (row) => record(row, reserved.get(row.id) ?? 0)));
}

const newestFirst = 'Newest first. `total` counts up to 100,000.';

const own = (path: string, summary: string, vendor?: string) =>
  accountEndpoint({
    method: 'GET',
    path,
    access: 'account',
    summary,
    description: newestFirst,
    query: { ...filterParameters, ...pageParameters },
    data: pageOf(taskRecordSchema),
    handle: ({ services, account, request: { query } }) =>
      list(services, query, { ...readFilter(query, vendor), accountId: account.id }, (row, reserved) =>
        taskRecord(row, reserved, services.jobs.view(row)),
      ),
  });

const all = (path: string, summary: string, vendor?: string) =>
  accountEndpoint({
    method: 'GET',
    path,
    access: 'admin',
    summary,
    description: `${newestFirst} Without what the upstreams answered.`,
    query: { ...managedParameters, ...pageParameters },
    data: pageOf(managedTaskSchema),
    handle({ services, request: { query } }) {
      const accountId = numberOf(query, 'user_id');
      return list(services, query, { ...readFilter(query, vendor), accountId }, managedTask);
    },
  });

const resolve = accountEndpoint({
  method: 'POST',
  path: '/api/task/{id}/resolve',
  access: 'admin',
  segment: 'The `task_id` of the job.',
  summary: 'Resolve a held job',
  description:
    'A job is held when its submit was sent and no answer came. Check its state at the upstream, then report it here: the job is charged, or its reservation is released. Only held jobs can be resolved.',
  body: resolveTaskSchema,
  data: managedTaskSchema,
  async handle({ services, segment, body }) {
    const { store, changes, jobs } = services;
    const row = await store.jobs.find(segment);
    if (!row) throw new HalleyError('no_such_record');
    if (row.state !== 'held') {
      throw new HalleyError('refused', { message: `This job is not held: it is ${row.state}.` });
    }
    if ((body.as === 'running') !== (body.upstream_id !== undefined)) {
      const message = '"upstream_id" belongs to `running`, and only to that.';
      throw new HalleyError('invalid_value', { message, param: 'upstream_id' });
    }
    await changes.note([jobResolved(row, body.as)]);
    await jobs.resolve(row, body.upstream_id ?? body.as === 'succeeded');
    const present = (await store.jobs.find(segment)) ?? row;
    const reserved = await reservedUnits(store, [present]);
    return success(managedTask(present, reserved.get(present.id) ?? 0));
  },
});

export const taskEndpoints: readonly Endpoint[] = [
  own('/api/task/self', 'List your jobs'),
  own('/api/mj/self', 'List your Midjourney jobs', 'midjourney'),
  all('/api/task', 'List the jobs of all accounts'),
  all('/api/mj', 'List the Midjourney jobs of all accounts', 'midjourney'),
  resolve,
];
