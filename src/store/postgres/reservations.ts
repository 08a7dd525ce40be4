/** Ending reservations without a record, in PostgreSQL: those that a process left behind, but none of open jobs. */
import { safeMax } from '../../domain/accounting/amounts.ts';
import { integer, list, reader, text } from '../columns.ts';
import { statement, textIn } from '../statement.ts';
import { ofOpenJob } from '../statements/job-ending.ts';
import type { Database } from './connection.ts';

/** How many end in one transaction, so that no request waits long for its key or account. */
const endedAtATime = 1000;

const next = { after: text(), limit: integer() } as const;
const requestId = textIn('request_id');

const sql = {
  ofNode: statement(
    { nodeId: text(), ...next },
    `SELECT request_id FROM reservations WHERE node_id = :nodeId AND request_id > :after
        AND NOT ${ofOpenJob}
      ORDER BY request_id LIMIT :limit`,
    requestId,
  ),
  // Of a process the newest registration counts. Without any, it is as old as its newest reservation.
  lost: statement(
    { seconds: integer(), ...next },
    `WITH holders AS (
        SELECT process_id, max(created_at) AS newest_at FROM reservations GROUP BY process_id
      ), lost AS (
        SELECT holders.process_id FROM holders LEFT JOIN LATERAL (
            SELECT state, changed_at FROM nodes WHERE nodes.process_id = holders.process_id
            ORDER BY incarnation DESC LIMIT 1) AS registration ON true
        WHERE state = 'left' OR (state = 'expelled' AND changed_at < now() - make_interval(secs => :seconds))
          OR (state IS NULL AND newest_at < extract(epoch FROM now()) - :seconds)
      )
      SELECT request_id FROM reservations WHERE process_id IN (SELECT process_id FROM lost) AND request_id > :after
        AND NOT ${ofOpenJob}
      ORDER BY request_id LIMIT :limit`,
    requestId,
  ),
  end: statement(
    { ids: list(text()) },
    'SELECT requests, units FROM end_reservations(ids => :ids)',
    reader({ requests: integer(), units: integer() }),
  ),
} as const;

export interface EndedReservations {
  readonly requests: number;
  readonly units: number;
}

/** All of a node's, whatever process of it holds them. */
export function endReservationsOf(db: Database, nodeId: string): Promise<EndedReservations> {
  return endAll(db, (after) => db.all(sql.ofNode, { nodeId, after, limit: endedAtATime }));
}

/** Those of processes that left, or that nothing was heard of for so many seconds by the database's clock. */
export function endLostReservations(db: Database, seconds: number): Promise<EndedReservations> {
  return endAll(db, (after) => db.all(sql.lost, { seconds, after, limit: endedAtATime }));
}

/** @param nextIds the ids of some requests that come after one */
async function endAll(
  db: Database,
  nextIds: (after: string) => Promise<readonly string[]>,
): Promise<EndedReservations> {
  let total: EndedReservations = { requests: 0, units: 0 };
  let after = '';
  for (;;) {
    const ids = await nextIds(after);
    total = added(total, await endReservations(db, ids));
    if (ids.length < endedAtATime) return total;
    after = ids.at(-1) ?? '';
  }
}

/** Those of these requests that there are. */
export async function endReservations(db: Database, ids: readonly string[]): Promise<EndedReservations> {
  let total: EndedReservations = { requests: 0, units: 0 };
  for (let at = 0; at < ids.length; at += endedAtATime) {
    total = added(total, await db.call(sql.end, { ids: ids.slice(at, at + endedAtATime) }));
  }
  return total;
}

function added(left: EndedReservations, right: EndedReservations): EndedReservations {
  return { requests: left.requests + right.requests, units: Math.min(left.units + right.units, safeMax) };
}
