/** Statements on jobs that both engines run. */
import { type JobState, openJobStates } from '../../domain/job.ts';
import { integer, names, omit, parameters, pick, reader, text } from '../columns.ts';
import { Conditions } from '../conditions.ts';
import type { JobFilter } from '../job-store.ts';
import { composed, numberIn, statement } from '../statement.ts';
import { jobs } from '../tables.ts';

const jobRow = reader(jobs);

const newJob = omit(
  jobs,
  ...(['id', 'state', 'progress', 'failure', 'upstreamId', 'upstreamPath', 'endedMs', 'polls'] as const),
  ...(['nextPollMs', 'cancelled', 'hidden', 'callbackMs', 'callbackAttempts', 'charged'] as const),
);
const id = numberIn('id');
const lease = { nowMs: integer(), untilMs: integer(), by: text() } as const;
const columns = names(jobs);

const quoted = (states: readonly JobState[]) => states.map((state) => `'${state}'`).join(', ');
/** A condition on a row of `jobs`. SQLite uses the index of open jobs only where it stands as it does there. */
export const isOpen = `state IN (${quoted(openJobStates)})`;
const isKeyGone = 'NOT EXISTS (SELECT 1 FROM keys WHERE keys.id = jobs.key_id)';
/** What asks for a look at a running job. */
const isDue = `(next_poll_ms <= :nowMs OR (NOT cancelled AND ${isKeyGone}))`;

export const jobSql = {
  insert: statement(
    newJob,
    `INSERT INTO jobs (${names(newJob)}, state) VALUES (${parameters(newJob)}, 'submitting') RETURNING id`,
    id,
  ),
  redirect: statement(
    pick(
      jobs,
      ...(['id', 'group', 'multiplier', 'channelId', 'channelName', 'channelKey', 'upstreamModel'] as const),
      'attempts',
    ),
    `UPDATE jobs SET group_name = :group, multiplier = :multiplier, channel_id = :channelId, channel_name = :channelName,
        channel_key = :channelKey, upstream_model = :upstreamModel, attempts = :attempts
      WHERE id = :id AND state = 'submitting' RETURNING id`,
    id,
  ),
  accept: statement(
    pick(jobs, 'id', 'upstreamId', 'upstreamPath', 'progress', 'sealed', 'nextPollMs'),
    `UPDATE jobs SET state = 'running', failure = '', upstream_id = :upstreamId, upstream_path = :upstreamPath,
        progress = :progress, sealed = :sealed, next_poll_ms = :nextPollMs, lease_until_ms = 0, leased_by = ''
      WHERE id = :id AND state IN ('submitting', 'held') RETURNING id`,
    id,
  ),
  hold: statement(
    pick(jobs, 'id', 'failure'),
    `UPDATE jobs SET state = 'held', failure = :failure, lease_until_ms = 0, leased_by = ''
      WHERE id = :id AND state = 'submitting' RETURNING id`,
    id,
  ),
  holdAbandoned: statement(
    { ...pick(jobs, 'failure'), nowMs: integer() },
    `UPDATE jobs SET state = 'held', failure = :failure, lease_until_ms = 0, leased_by = ''
      WHERE ${isOpen} AND state = 'submitting' AND lease_until_ms <= :nowMs RETURNING ${columns}`,
    jobRow,
  ),
  releaseLeases: statement(
    {},
    "UPDATE jobs SET lease_until_ms = 0, leased_by = '' WHERE leased_by <> '' RETURNING id",
    id,
  ),
  // Another process may take a row between the choice and the change: the outer condition is looked at again then.
  claimDue: statement(
    { ...lease, limit: integer() },
    `UPDATE jobs SET lease_until_ms = :untilMs, leased_by = :by
      WHERE id IN (SELECT id FROM jobs WHERE ${isOpen} AND state = 'running' AND lease_until_ms <= :nowMs AND ${isDue}
          ORDER BY next_poll_ms LIMIT :limit)
        AND state = 'running' AND lease_until_ms <= :nowMs RETURNING ${columns}`,
    jobRow,
  ),
  claimOne: statement(
    { ...lease, id: integer() },
    `UPDATE jobs SET lease_until_ms = :untilMs, leased_by = :by
      WHERE id = :id AND state = 'running' AND lease_until_ms <= :nowMs RETURNING ${columns}`,
    jobRow,
  ),
  polled: statement(
    { ...pick(jobs, 'id', 'progress', 'sealed', 'polls', 'nextPollMs', 'cancelled'), by: text() },
    `UPDATE jobs SET progress = :progress, sealed = :sealed, polls = :polls, next_poll_ms = :nextPollMs,
        cancelled = :cancelled, lease_until_ms = 0, leased_by = ''
      WHERE id = :id AND state = 'running' AND leased_by = :by RETURNING id`,
    id,
  ),
  hurry: statement(
    { publicId: text(), nowMs: integer() },
    `UPDATE jobs SET next_poll_ms = :nowMs
      WHERE public_id = :publicId AND state = 'running' AND next_poll_ms > :nowMs RETURNING id`,
    id,
  ),
  hide: statement({ id: integer() }, 'UPDATE jobs SET hidden = true WHERE id = :id RETURNING id', id),
  find: statement({ publicId: text() }, `SELECT ${columns} FROM jobs WHERE public_id = :publicId`, jobRow),
  open: statement(
    {},
    `SELECT vendor, state, count(*) AS count, min(created_ms) AS oldest_ms FROM jobs WHERE ${isOpen}
      GROUP BY vendor, state ORDER BY vendor, state`,
    (row) => ({
      vendor: String(row.vendor),
      state: row.state as JobState,
      count: Number(row.count),
      oldestMs: Number(row.oldest_ms),
    }),
  ),
  // Few jobs are open at a time. The sign keeps SQLite from walking all jobs in the order of their keys.
  openByKey: statement(
    {},
    `SELECT +key_id AS key_id, count(*) AS count FROM jobs WHERE ${isOpen} GROUP BY 1`,
    (row): readonly [keyId: number, count: number] => [Number(row.key_id), Number(row.count)],
  ),
  claimCallbacks: statement(
    { ...lease, limit: integer() },
    `UPDATE jobs SET lease_until_ms = :untilMs, leased_by = :by
      WHERE id IN (SELECT id FROM jobs WHERE callback_ms <= :nowMs AND lease_until_ms <= :nowMs
          ORDER BY callback_ms LIMIT :limit)
        AND callback_ms <= :nowMs AND lease_until_ms <= :nowMs RETURNING ${columns}`,
    jobRow,
  ),
  calledBack: statement(
    pick(jobs, 'id', 'callbackMs', 'callbackAttempts'),
    `UPDATE jobs SET callback_ms = :callbackMs, callback_attempts = :callbackAttempts, lease_until_ms = 0,
        leased_by = '' WHERE id = :id RETURNING id`,
    id,
  ),
  deleteEnded: statement(
    { before: integer(), limit: integer() },
    `DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE ended_ms < :before AND callback_ms IS NULL
      ORDER BY ended_ms LIMIT :limit) RETURNING id`,
    id,
  ),
} as const;

export function jobConditions(filter: JobFilter): Conditions {
  const { accountId, keyId, vendor, action, publicId, requestId, fromMs, toMs } = filter;
  const conditions = new Conditions()
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('key_id = :keyId', { keyId })
    .addGiven('vendor = :vendor', { vendor })
    .addGiven('action = :action', { action })
    .addGiven('public_id = :publicId', { publicId })
    .addGiven('request_id = :requestId', { requestId })
    .addGiven('created_ms >= :fromMs', { fromMs })
    .addGiven('created_ms <= :toMs', { toMs });
  if (filter.states) conditions.add(`state IN (${quoted(filter.states) || "''"})`);
  if (filter.isListed) conditions.add("NOT hidden AND upstream_id <> ''");
  return conditions;
}

export const jobPage = (conditions: string, order: 'asc' | 'desc') =>
  composed(
    `SELECT ${columns} FROM jobs WHERE ${conditions} ORDER BY id ${order} LIMIT :limit OFFSET :offset`,
    jobRow,
  );

export const jobCount = (conditions: string) =>
  composed(
    `SELECT count(*) AS total FROM (SELECT 1 FROM jobs WHERE ${conditions} LIMIT :most) AS counted`,
    numberIn('total'),
  );
