/** Statements of the ledger on jobs that both engines run: the end of a job, and the reservations of open ones. */
import { integer, pick } from '../columns.ts';
import { numberIn, statement } from '../statement.ts';
import { jobs } from '../tables.ts';
import { isOpen } from './jobs.ts';

/** Part of the transaction that settles it. Returns no row when it has ended already. */
export const endJob = statement(
  { ...pick(jobs, 'id', 'state', 'failure', 'charged'), endedMs: integer() },
  `UPDATE jobs SET state = :state, failure = :failure, ended_ms = :endedMs, charged = :charged,
      progress = CASE WHEN CAST(:state AS text) = 'succeeded' THEN 100 ELSE progress END,
      callback_ms = CASE WHEN has_callback THEN CAST(:endedMs AS bigint) END, lease_until_ms = 0, leased_by = ''
    WHERE id = :id AND ${isOpen} RETURNING id`,
  numberIn('id'),
);

/** A condition on a row of `reservations`. */
export const ofOpenJob = `EXISTS (SELECT 1 FROM jobs WHERE jobs.request_id = reservations.request_id AND jobs.${isOpen})`;
