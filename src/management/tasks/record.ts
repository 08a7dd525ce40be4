/** Jobs in the shape of the compatible API. */
import type { z } from 'zod';
import { isOpenJob, type JobState } from '../../domain/job.ts';
import type { JobView } from '../../protocols/jobs/vendor.ts';
import { chargeOf } from '../../relay/jobs/job-charge.ts';
import { vendorNamed } from '../../relay/jobs/job-vendors.ts';
import { resultPaths } from '../../relay/jobs/result-paths.ts';
import type { JobRow } from '../../store/job-store.ts';
import type { LedgerStore } from '../../store/ledger-store.ts';
import type { managedTaskSchema, taskRecordSchema, taskStatuses } from './schemas.ts';

type TaskRecord = z.infer<typeof taskRecordSchema>;

const statusOf: Readonly<Record<JobState, (typeof taskStatuses)[number]>> = {
  submitting: 'SUBMITTED',
  running: 'IN_PROGRESS',
  held: 'UNKNOWN',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
};

export const statesOf = (status: string): readonly JobState[] =>
  (Object.keys(statusOf) as JobState[]).filter((state) => statusOf[state] === status);

const secondsOf = (ms: number | null): number => (ms === null ? 0 : Math.floor(ms / 1000));

/** Units that are reserved for jobs which have not ended, by their row ids. */
export async function reservedUnits(
  store: Pick<LedgerStore, 'getPrices'>,
  rows: readonly JobRow[],
): Promise<ReadonlyMap<number, number>> {
  const holding = rows.filter(
    ({ state, reserved, priceId }) => isOpenJob(state) && reserved && priceId !== 0,
  );
  const ids = [...new Set(holding.map(({ priceId }) => priceId))];
  const prices = ids.length === 0 ? [] : await store.getPrices(ids);
  const byId = new Map(prices.map((price) => [price.id, price]));
  return new Map(holding.map((row) => [row.id, chargeOf(row, byId.get(row.priceId)).units]));
}

/**
 * @param reserved units
 * @param view undefined = without what a fetch answers
 */
export function taskRecord(row: JobRow, reserved: number, view: JobView | undefined): TaskRecord {
  const createdAt = secondsOf(row.createdMs);
  return {
    id: row.id,
    created_at: createdAt,
    platform: row.vendor,
    task_id: row.publicId,
    action: row.action,
    status: statusOf[row.state],
    state: row.state,
    model_name: row.model,
    progress: `${row.progress}%`,
    quota: row.charged,
    reserved_quota: reserved,
    submit_time: createdAt,
    start_time: createdAt,
    finish_time: secondsOf(row.endedMs),
    fail_reason:
      row.state === 'succeeded' || (isOpenJob(row.state) && row.state !== 'held') ? '' : row.failure,
    request_id: row.requestId,
    group: row.group,
    token_id: row.keyId,
    token_name: row.keyName,
    attempts: row.attempts,
    polls: row.polls,
    deadline: secondsOf(row.deadlineMs),
    results: view ? resultPaths(row, view.results.length) : [],
    data: (view && vendorNamed(row.vendor)?.render.fetched(view)) ?? null,
  };
}

/** @param reserved units */
export function managedTask(row: JobRow, reserved: number): z.infer<typeof managedTaskSchema> {
  return {
    ...taskRecord(row, reserved, undefined),
    user_id: row.accountId,
    username: row.username,
    channel_id: row.channelId,
    channel_name: row.channelName,
    upstream_id: row.upstreamId,
    has_reservation: row.reserved,
  };
}
