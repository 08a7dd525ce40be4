/**
 * What the nodes of a fleet agree by, in PostgreSQL. Each method is one statement or one transaction of its own,
 * on connections of its own: a lease must not wait behind the traffic that it is for.
 */
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Row } from '../columns.ts';
import {
  type Coordination,
  type CoordinationListener,
  type LogEntry,
  type LogMark,
  type LogRead,
  type NodeIdentity,
  type NodeRow,
  otherLease,
} from '../coordination.ts';
import { type ConnectionOptions, Database } from './connection.ts';
import { Follower } from './follower.ts';
import { reassertDeletions } from './reassertion.ts';
import { acksChannel, loggedChange, logMark } from './revocation-log.ts';
import { requireSecrets } from './secret-check.ts';

/** Entries that are read, or removed, by one statement: it must be quick, whatever there is. */
const rowsAtATime = 2000;

const sql = {
  // Neither a number nor a count ever comes again, not even in a database that has lost commits: hence the chance.
  // A process that registers holds nothing in memory, so that all that is in the log by now is carried out by it.
  register: `WITH replaced AS (
      UPDATE nodes SET state = 'left', changed_at = clock_timestamp() WHERE incarnation = $5 AND state = 'active'
    )
    INSERT INTO nodes (node_id, process_id, name, version, secrets, incarnation, state, acked,
      started_at, renewed_at, changed_at)
    SELECT $1, $2, $3, $4, $6::bytea[], nextval('incarnations') * 1048576 + floor(random() * 1048576)::bigint, 'active', seq,
      clock_timestamp(), clock_timestamp(), clock_timestamp()
    FROM revocation_clock
    RETURNING incarnation`,
  lockClock: 'SELECT lease_ms FROM revocation_clock FOR UPDATE',
  setLease: 'UPDATE revocation_clock SET lease_ms = $1',
  othersActive: `SELECT FROM nodes WHERE state = 'active' AND incarnation IS DISTINCT FROM $1 LIMIT 1`,
  earlier: `SELECT incarnation FROM nodes WHERE node_id = $1 AND process_id <> $2 AND state = 'active'`,
  retire: `UPDATE nodes SET state = 'left', changed_at = clock_timestamp()
    WHERE incarnation = ANY($1::bigint[]) AND state = 'active'`,
  extend: `UPDATE nodes SET renewed_at = clock_timestamp(), renewals = renewals + 1 + floor(random() * 1000000)::bigint
    WHERE incarnation = $1 AND process_id = $2 AND state = 'active'`,
  head: 'SELECT seq AS head_seq, nonce AS head_nonce, pg_postmaster_start_time()::text AS server FROM revocation_clock',
  read: `SELECT clock.seq AS head_seq, clock.nonce AS head_nonce, pg_postmaster_start_time()::text AS server, entry.*
    FROM revocation_clock AS clock LEFT JOIN revocations AS entry ON entry.seq >= $1 ORDER BY entry.seq
    LIMIT ${rowsAtATime}`,
  acknowledge: `WITH updated AS (
      UPDATE nodes SET acked = greatest(acked, $2) WHERE incarnation = $1 AND process_id = $3 AND state = 'active'
      RETURNING incarnation
    )
    SELECT pg_notify('${acksChannel}', incarnation || ':' || $2::bigint) FROM updated`,
  list: `SELECT node_id, process_id, name, version, incarnation, acked, renewals,
      (SELECT lease_ms FROM revocation_clock) AS lease_ms,
      extract(epoch FROM clock_timestamp() - started_at) * 1000 AS started_ms,
      extract(epoch FROM clock_timestamp() - renewed_at) * 1000 AS renewed_ms
    FROM nodes WHERE state = 'active' ORDER BY incarnation`,
  expel: `UPDATE nodes SET state = 'expelled', changed_at = clock_timestamp()
    FROM unnest($1::bigint[], $2::bigint[]) AS silent (incarnation, renewals)
    WHERE nodes.incarnation = silent.incarnation AND nodes.renewals = silent.renewals AND state = 'active'`,
  leave: `UPDATE nodes SET state = 'left', changed_at = clock_timestamp()
    WHERE incarnation = $1 AND state = 'active'`,
  // Nobody else's: whoever asks again for another change, which nobody has answered for, is to be told of success.
  confirm: `UPDATE revocations SET confirmed = true WHERE deleted AND NOT confirmed AND last_seq = $1
    AND pg_postmaster_start_time()::text = $2`,
  // The entry that a node has acknowledged last tells it that the log is still the same.
  prune: `DELETE FROM revocations WHERE seq IN (SELECT seq FROM revocations
    WHERE seq <= (SELECT seq FROM revocation_clock) - $1
      AND seq < (SELECT coalesce(min(acked), 0) FROM nodes WHERE state = 'active') ORDER BY seq LIMIT ${rowsAtATime})`,
  forgetNodes: `DELETE FROM nodes WHERE state <> 'active' AND changed_at < clock_timestamp() - interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM reservations WHERE reservations.process_id = nodes.process_id)`,
} as const;

export class PostgresCoordination implements Coordination {
  readonly #db: Database;
  readonly #connection: ConnectionOptions;
  readonly #clock: Clock;
  readonly #secrets: SecretRing | undefined;
  /** Whose the registrations made here are. */
  readonly #processes = new Map<number, string>();
  /** What is being noted as confirmed. */
  readonly #confirming = new Set<number>();

  /** @param secrets that the nodes registered here know; undefined = they seal nothing */
  constructor(connection: ConnectionOptions, clock: Clock, secrets?: SecretRing) {
    this.#db = new Database(connection);
    this.#connection = connection;
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** Statements sent so far. */
  get statements(): number {
    return this.#db.statements;
  }

  async register(
    { nodeId, processId, name, version }: NodeIdentity,
    replaces: number | undefined,
    leaseMs: number,
  ): Promise<number> {
    const incarnation = await this.#db.transaction(async (tx) => {
      if (this.#secrets) await requireSecrets(tx, this.#secrets);
      // Its lock keeps two nodes with different leases from registering at once.
      const { lease_ms } = await tx.one(sql.lockClock);
      if (lease_ms !== leaseMs) {
        const [other] = await tx.all(sql.othersActive, replaces ?? null);
        if (other) throw otherLease(leaseMs, lease_ms as number);
        await tx.run(sql.setLease, leaseMs);
      }
      const secrets = this.#secrets?.known.map(({ fingerprint }) => fingerprint) ?? [];
      const row = await tx.one(sql.register, nodeId, processId, name, version, replaces ?? null, secrets);
      return Number(row.incarnation);
    });
    this.#processes.set(incarnation, processId);
    return incarnation;
  }

  /** A database that has lost commits may give a number twice: nobody speaks for another process. */
  #processOf(incarnation: number): string {
    return this.#processes.get(incarnation) ?? '';
  }

  /** Named one by one: a statement that is carried out late must not end what came after it. */
  async retireEarlier({ nodeId, processId }: NodeIdentity): Promise<void> {
    const earlier = await this.#db.all(sql.earlier, nodeId, processId);
    if (earlier.length === 0) return;
    await this.#db.run(
      sql.retire,
      earlier.map(({ incarnation }) => Number(incarnation)),
    );
  }

  async extend(incarnation: number): Promise<boolean> {
    return (await this.#db.run(sql.extend, incarnation, this.#processOf(incarnation))) > 0;
  }

  async readLog(from: number | undefined): Promise<LogRead> {
    const rows = from === undefined ? [await this.#db.one(sql.head)] : await this.#db.all(sql.read, from);
    const [first] = rows;
    if (!first) throw new Error('the log has no clock');
    return {
      head: { seq: first.head_seq as number, nonce: first.head_nonce as string },
      entries: rows.filter(({ seq }) => typeof seq === 'number').map(logEntry),
      server: first.server as string,
    };
  }

  async acknowledge(incarnation: number, seq: number): Promise<boolean> {
    return (await this.#db.run(sql.acknowledge, incarnation, seq, this.#processOf(incarnation))) > 0;
  }

  async listNodes(): Promise<readonly NodeRow[]> {
    return (await this.#db.all(sql.list)).map(nodeRow);
  }

  async expel(nodes: readonly Pick<NodeRow, 'incarnation' | 'renewals'>[]): Promise<void> {
    await this.#db.run(
      sql.expel,
      nodes.map(({ incarnation }) => incarnation),
      nodes.map(({ renewals }) => renewals),
    );
  }

  async leave(incarnation: number): Promise<void> {
    await this.#db.run(sql.leave, incarnation);
  }

  async confirm(seq: number, server: string): Promise<void> {
    this.#confirming.add(seq);
    try {
      await this.#db.run(sql.confirm, seq, server);
    } finally {
      this.#confirming.delete(seq);
    }
  }

  /** What this process knows to be confirmed while the database is still being told so. */
  confirming(): readonly number[] {
    return [...this.#confirming];
  }

  /** As `Coordination.reassert`. */
  async reassert(deletions: readonly LogEntry[], seq: number): Promise<LogMark> {
    const deletedAt = Math.floor(this.#clock.now() / 1000);
    return this.#db.transaction((tx) => reassertDeletions(tx, deletions, seq, deletedAt));
  }

  async pruneLog(keep: number): Promise<void> {
    // The last entry always stays: it is what a node compares with.
    while ((await this.#db.run(sql.prune, Math.max(1, keep))) === rowsAtATime);
    await this.#db.run(sql.forgetNodes);
  }

  async follow(listener: CoordinationListener): Promise<() => Promise<void>> {
    const connection = {
      ...this.#connection,
      applicationName: `${this.#connection.applicationName}, listening`,
    };
    const follower = new Follower(() => this.#db.connect(connection), this.#clock, listener);
    await follower.start();
    return () => follower.stop();
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

function logEntry(row: Row): LogEntry {
  return { ...logMark(row), change: loggedChange(row), deleted: row.deleted === true };
}

function nodeRow(row: Row): NodeRow {
  return {
    nodeId: row.node_id as string,
    processId: row.process_id as string,
    name: row.name as string,
    version: row.version as string,
    incarnation: row.incarnation as number,
    acked: row.acked as number,
    renewals: row.renewals as number,
    leaseMs: row.lease_ms as number,
    startedMsAgo: row.started_ms as number,
    renewedMsAgo: row.renewed_ms as number,
  };
}
