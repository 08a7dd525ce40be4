/**
 * The laws of jobs (see `ledger-store.ts`) as SQL that both databases understand: each statement gives what differs, as
 * `what`, `stored` and `computed`.
 */
import { removedUntil } from './ledger-invariants.ts';
import { isOpen } from './statements/jobs.ts';

const difference = (what: string, stored: string, computed: string, rest: string) =>
  `SELECT '${what} of job ' || jobs.public_id AS what, CAST(${stored} AS numeric) AS stored,
      CAST(${computed} AS numeric) AS computed ${rest}`;

const records = 'FROM jobs LEFT JOIN records ON records.request_id = jobs.request_id';
/** Whether its record cannot have been removed for its age. */
const isRecent = `(ended_ms IS NULL OR ended_ms / 1000 > ${removedUntil})`;
const recordsExpected = `CASE WHEN jobs.${isOpen} THEN 0 ELSE 1 END`;
const recordsFound = 'CASE WHEN records.request_id IS NULL THEN 0 ELSE 1 END';
const reservations = 'FROM jobs LEFT JOIN reservations ON reservations.request_id = jobs.request_id';
const reservationsExpected = `CASE WHEN jobs.${isOpen} AND jobs.reserved THEN 1 ELSE 0 END`;
const reservationsFound = 'CASE WHEN reservations.request_id IS NULL THEN 0 ELSE 1 END';

export const jobTotals: readonly string[] = [
  difference(
    'records',
    recordsFound,
    recordsExpected,
    `${records} WHERE ${isRecent} AND ${recordsFound} <> ${recordsExpected}`,
  ),
  difference(
    'units',
    'jobs.charged',
    'records.units',
    `${records} WHERE records.request_id IS NOT NULL AND jobs.charged <> records.units`,
  ),
  difference(
    'reservations',
    reservationsFound,
    reservationsExpected,
    `${reservations} WHERE ${reservationsFound} <> ${reservationsExpected}`,
  ),
];
