/** Ending reservations without a record, in PostgreSQL: those that a process left behind. */
import { safeMax } from '../../domain/accounting/amounts.ts';
import type { Database, Value } from './connection.ts';

/** How many end in one transaction, so that no request waits long for its key or account. */
const endedAtATime = 1000;

const sql = {
  ofNode:
    'SELECT request_id FROM reservations WHERE node_id = $1 AND request_id > $2 ORDER BY request_id LIMIT $3',
  // Of a process the newest registration counts. Without any, it is as old as its newest reservation.
  lost: `WITH holders AS (
      SELECT process_id, max(created_at) AS newest_at FROM reservations GROUP BY process_id
    ), lost AS (
      SELECT holders.process_id FROM holders LEFT JOIN LATERAL (
          SELECT state, changed_at FROM nodes WHERE nodes.process_id = holders.process_id
          ORDER BY incarnation DESC LIMIT 1) AS registration ON true
      WHERE state = 'left' OR (state = 'expelled' AND changed_at < now() - make_interval(secs => $1))
        OR (state IS NULL AND newest_at < extract(epoch FROM now()) - $1)
    )
    SELECT request_id FROM reservations WHERE process_id IN (SELECT process_id FROM lost) AND request_id > $2
    ORDER BY request_id LIMIT $3`,
  end: 'SELECT requests, units FROM end_reservations($1)',
} as const;

export interface EndedReservations {
  readonly requests: number;
  readonly units: number;
}

/** All of a node's, whatever process of it holds them. */
export function endReservationsOf(db: Database, nodeId: string): Promise<EndedReservations> {
  return endAll(db, sql.ofNode, nodeId);
}

/** Those of processes that left, or that nothing was heard of for so many seconds by the database's clock. */
export function endLostReservations(db: Database, seconds: number): Promise<EndedReservations> {
  return endAll(db, sql.lost, seconds);
}

async function endAll(db: Database, statement: string, value: Value): Promise<EndedReservations> {
  let total: EndedReservations = { requests: 0, units: 0 };
  let after = '';
  for (;;) {
    const rows = await db.all(statement, value, after, endedAtATime);
    const ids = rows.map(({ request_id }) => request_id as string);
    total = added(total, await endReservations(db, ids));
    if (ids.length < endedAtATime) return total;
    after = ids.at(-1) ?? '';
  }
}

/** Those of these requests that there are. */
export async function endReservations(db: Database, ids: readonly string[]): Promise<EndedReservations> {
  let total: EndedReservations = { requests: 0, units: 0 };
  for (let at = 0; at < ids.length; at += endedAtATime) {
    const { requests, units } = await db.call(sql.end, ids.slice(at, at + endedAtATime));
    total = added(total, { requests: requests as number, units: units as number });
  }
  return total;
}

function added(left: EndedReservations, right: EndedReservations): EndedReservations {
  return { requests: left.requests + right.requests, units: Math.min(left.units + right.units, safeMax) };
}
