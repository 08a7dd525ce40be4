/**
 * Cluster coordination on PostgreSQL. Each method is one statement or one transaction, on connections of its own: a
 * lease must not wait behind model requests.
 */

import type { SecretRing } from '../../domain/secret-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import { bytes, integer, list, names, namesIn, optional, pick, type Row, reader, text } from '../columns.ts';
import {
  type Coordination,
  type CoordinationListener,
  type LogEntry,
  type LogMark,
  type LogRead,
  type NodeIdentity,
  type NodeRow,
  otherLease,
  type RunningAnswer,
  type RunningQuestion,
  tellingNodesMax,
} from '../coordination.ts';
import type { KeyReport } from '../receipt-store.ts';
import { numberIn, statement } from '../statement.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import { type ConnectionOptions, Database } from './connection.ts';
import { Follower } from './follower.ts';
import { keyReports } from './key-reports.ts';
import { reassertDeletions } from './reassertion.ts';
import { acksChannel, loggedChange, logMark } from './revocation-log.ts';
import { answersChannel, answerText, questionsChannel, questionText } from './running-questions.ts';
import { requireSecrets } from './secret-check.ts';

/** The most entries that one statement reads or removes, so that it stays quick. */
const rowsAtATime = 2000;

/**
 * In the list of a statement that is a transaction of its own: it does not wait for the disk, nor for a standby. For what
 * may be lost, but is never wrong.
 */
const unhurried = "set_config('synchronous_commit', 'off', true)";

/** Receipts take over what nodes told of a key; a report that comes late serves nobody. */
const reportsKeptMs = 86_400_000;

const nodes = {
  incarnation: integer(),
  nodeId: text(),
  processId: text(),
  name: text(),
  version: text(),
  acked: integer(),
  renewals: integer(),
  secrets: list(bytes()),
} as const;
const { incarnation, nodeId, processId } = nodes;
const expelled = pick(nodes, 'incarnation', 'renewals');

const sql = {
  // Neither an incarnation nor a count is ever given twice, not even in a database that has lost commits: hence the
  // random part. A process that registers caches nothing, so that it has applied all that is in the log by now.
  register: statement(
    { ...pick(nodes, 'nodeId', 'processId', 'name', 'version', 'secrets'), replaces: optional(incarnation) },
    `WITH replaced AS (
        UPDATE nodes SET state = 'left', changed_at = clock_timestamp() WHERE incarnation = :replaces AND state = 'active'
      )
      INSERT INTO nodes (node_id, process_id, name, version, secrets, incarnation, state, acked,
        started_at, renewed_at, changed_at)
      SELECT :nodeId, :processId, :name, :version, :secrets::bytea[],
        nextval('incarnations') * 1048576 + floor(random() * 1048576)::bigint, 'active', seq,
        clock_timestamp(), clock_timestamp(), clock_timestamp()
      FROM revocation_clock
      RETURNING incarnation`,
    numberIn('incarnation'),
  ),
  lockClock: statement({}, 'SELECT lease_ms FROM revocation_clock FOR UPDATE', numberIn('lease_ms')),
  setLease: statement({ leaseMs: integer() }, 'UPDATE revocation_clock SET lease_ms = :leaseMs'),
  othersActive: statement(
    { replaces: optional(incarnation) },
    `SELECT FROM nodes WHERE state = 'active' AND incarnation IS DISTINCT FROM :replaces LIMIT 1`,
  ),
  earlier: statement(
    { nodeId, processId },
    `SELECT incarnation FROM nodes WHERE node_id = :nodeId AND process_id <> :processId AND state = 'active'`,
    numberIn('incarnation'),
  ),
  retire: statement(
    { incarnations: list(incarnation) },
    `UPDATE nodes SET state = 'left', changed_at = clock_timestamp()
      WHERE incarnation = ANY(:incarnations::bigint[]) AND state = 'active'`,
  ),
  extend: statement(
    { incarnation, processId },
    `UPDATE nodes SET renewed_at = clock_timestamp(),
        renewals = renewals + 1 + floor(random() * 1000000)::bigint
      WHERE incarnation = :incarnation AND process_id = :processId AND state = 'active'`,
  ),
  head: statement(
    {},
    'SELECT seq AS head_seq, nonce AS head_nonce, pg_postmaster_start_time()::text AS server FROM revocation_clock',
  ),
  read: statement(
    { from: integer() },
    `SELECT clock.seq AS head_seq, clock.nonce AS head_nonce, pg_postmaster_start_time()::text AS server, entry.*
      FROM revocation_clock AS clock LEFT JOIN revocations AS entry ON entry.seq >= :from ORDER BY entry.seq
      LIMIT ${rowsAtATime}`,
  ),
  // It says what is in the memory of the node, so that it is true while the database keeps it. Were it lost with a crash of
  // the database, changes would wait for the next one. Whoever reads it durably, such as the removal of old entries, comes
  // later in the database's own log.
  acknowledge: statement(
    { incarnation, processId, seq: integer(), ...lists(keyReports) },
    `WITH updated AS (
        UPDATE nodes SET acked = greatest(acked, :seq)
        WHERE incarnation = :incarnation AND process_id = :processId AND state = 'active'
        RETURNING incarnation
      ), reported AS (
        INSERT INTO key_reports (incarnation, ${names(keyReports)})
        SELECT incarnation, ${names(keyReports)} FROM updated, ${unnested(keyReports)}
        ON CONFLICT (key_id, incarnation) DO UPDATE SET (${names(keyReports)}) = (${namesIn(keyReports, 'excluded')})
      )
      SELECT CASE WHEN (SELECT count(*) FROM nodes WHERE state = 'active') <= ${tellingNodesMax}
        THEN pg_notify('${acksChannel}', incarnation || ':' || :seq::bigint) END, ${unhurried} FROM updated`,
  ),
  list: statement(
    {},
    `SELECT node_id, process_id, name, version, incarnation, acked, renewals,
        (SELECT lease_ms FROM revocation_clock) AS lease_ms,
        extract(epoch FROM clock_timestamp() - started_at) * 1000 AS started_ms,
        extract(epoch FROM clock_timestamp() - renewed_at) * 1000 AS renewed_ms
      FROM nodes WHERE state = 'active' ORDER BY incarnation`,
    reader({
      ...pick(nodes, 'nodeId', 'processId', 'name', 'version', 'incarnation', 'acked', 'renewals'),
      leaseMs: integer(),
      startedMsAgo: integer('started_ms'),
      renewedMsAgo: integer('renewed_ms'),
    }),
  ),
  expel: statement(
    lists(expelled),
    `UPDATE nodes SET state = 'expelled', changed_at = clock_timestamp()
      FROM ${unnested(expelled)}
      WHERE nodes.incarnation = each.incarnation AND nodes.renewals = each.renewals AND state = 'active'`,
  ),
  leave: statement(
    { incarnation },
    `UPDATE nodes SET state = 'left', changed_at = clock_timestamp()
      WHERE incarnation = :incarnation AND state = 'active'`,
  ),
  // Only this change: a caller that repeats another one, which nobody has answered yet, must still be answered.
  confirm: statement(
    { seq: integer(), server: text() },
    `WITH confirmed AS (
        UPDATE revocations SET confirmed = true WHERE deleted AND NOT confirmed AND last_seq = :seq
          AND pg_postmaster_start_time()::text = :server
      )
      SELECT ${unhurried}`,
  ),
  // The entry that a node has acknowledged last tells it that the log is still the same.
  prune: statement(
    { keep: integer() },
    `DELETE FROM revocations WHERE seq IN (SELECT seq FROM revocations
      WHERE seq <= (SELECT seq FROM revocation_clock) - :keep
        AND seq < (SELECT coalesce(min(acked), 0) FROM nodes WHERE state = 'active')
      ORDER BY seq LIMIT ${rowsAtATime})`,
  ),
  notify: statement({ channel: text(), payload: text() }, 'SELECT pg_notify(:channel, :payload)'),
  deleteOldReports: statement({ before: integer() }, 'DELETE FROM key_reports WHERE applied_at < :before'),
  deleteOldNodes: statement(
    {},
    `DELETE FROM nodes WHERE state <> 'active' AND changed_at < clock_timestamp() - interval '1 day'
      AND NOT EXISTS (SELECT 1 FROM reservations WHERE reservations.process_id = nodes.process_id)`,
  ),
} as const;

export class PostgresCoordination implements Coordination {
  readonly #db: Database;
  readonly #connection: ConnectionOptions;
  readonly #clock: Clock;
  readonly #secrets: SecretRing | undefined;
  /** The process of each registration made here. */
  readonly #processes = new Map<number, string>();
  /** Sequences that are being marked as confirmed. */
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

  async register(node: NodeIdentity, replaces: number | undefined, leaseMs: number): Promise<number> {
    const incarnation = await this.#db.transaction(async (tx) => {
      if (this.#secrets) await requireSecrets(tx, this.#secrets);
      // Its lock keeps two nodes with different leases from registering at once.
      const others = await tx.one(sql.lockClock);
      if (others !== leaseMs) {
        const [other] = await tx.all(sql.othersActive, { replaces: replaces ?? null });
        if (other) throw otherLease(leaseMs, others);
        await tx.run(sql.setLease, { leaseMs });
      }
      const secrets = this.#secrets?.known.map(({ fingerprint }) => fingerprint) ?? [];
      return tx.one(sql.register, { ...node, secrets, replaces: replaces ?? null });
    });
    this.#processes.set(incarnation, node.processId);
    return incarnation;
  }

  /** A database that has lost commits may give an incarnation twice: a node must not act for another process. */
  #processOf(incarnation: number): string {
    return this.#processes.get(incarnation) ?? '';
  }

  /** Ends them one by one, by incarnation: a statement that is executed late must not end a later registration. */
  async retireEarlier({ nodeId, processId }: NodeIdentity): Promise<void> {
    const incarnations = await this.#db.all(sql.earlier, { nodeId, processId });
    if (incarnations.length > 0) await this.#db.run(sql.retire, { incarnations });
  }

  async extend(incarnation: number): Promise<boolean> {
    const processId = this.#processOf(incarnation);
    return (await this.#db.run(sql.extend, { incarnation, processId })) > 0;
  }

  async readLog(from: number | undefined): Promise<LogRead> {
    const rows = from === undefined ? [await this.#db.one(sql.head)] : await this.#db.all(sql.read, { from });
    const [first] = rows;
    if (!first) throw new Error('the log has no clock');
    return {
      head: { seq: first.head_seq as number, nonce: first.head_nonce as string },
      entries: rows.filter(({ seq }) => typeof seq === 'number').map(logEntry),
      server: first.server as string,
    };
  }

  async acknowledge(incarnation: number, seq: number, reports: readonly KeyReport[] = []): Promise<boolean> {
    const processId = this.#processOf(incarnation);
    const given = { incarnation, processId, seq, ...listsOf(keyReports, reports) };
    return (await this.#db.run(sql.acknowledge, given)) > 0;
  }

  listNodes(): Promise<readonly NodeRow[]> {
    return this.#db.all(sql.list);
  }

  async expel(unresponsive: readonly Pick<NodeRow, 'incarnation' | 'renewals'>[]): Promise<void> {
    await this.#db.run(sql.expel, listsOf(expelled, unresponsive));
  }

  async leave(incarnation: number): Promise<void> {
    await this.#db.run(sql.leave, { incarnation });
  }

  async confirm(seq: number, server: string): Promise<void> {
    this.#confirming.add(seq);
    try {
      await this.#db.run(sql.confirm, { seq, server });
    } finally {
      this.#confirming.delete(seq);
    }
  }

  /** What this process knows to be confirmed before the database has stored it. */
  confirming(): readonly number[] {
    return [...this.#confirming];
  }

  /** As `Coordination.reassert`. */
  async reassert(deletions: readonly LogEntry[], seq: number): Promise<LogMark> {
    const deletedAt = Math.floor(this.#clock.now() / 1000);
    return this.#db.transaction((tx) => reassertDeletions(tx, deletions, seq, deletedAt));
  }

  async pruneLog(keep: number): Promise<void> {
    // The last entry always stays: nodes compare their position with it.
    while ((await this.#db.run(sql.prune, { keep: Math.max(1, keep) })) === rowsAtATime);
    await this.#db.run(sql.deleteOldReports, { before: this.#clock.now() - reportsKeptMs });
    await this.#db.run(sql.deleteOldNodes);
  }

  async ask(question: RunningQuestion): Promise<void> {
    await this.#db.run(sql.notify, { channel: questionsChannel, payload: questionText(question) });
  }

  async answer(answer: RunningAnswer): Promise<void> {
    await this.#db.run(sql.notify, { channel: answersChannel, payload: answerText(answer) });
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
