/**
 * The database of the model: the effects of the statements of `src/store/postgres/coordination.ts` on plain data.
 * Each statement is atomic.
 */
import type { LogEntry, LogMark, LogRead } from '../../src/store/coordination.ts';

/** The key that the model follows, and a second one. */
export const watchedKey = 1;
const otherKey = 2;

export interface Row {
  readonly node: number;
  readonly process: number;
  readonly incarnation: number;
  isActive: boolean;
  acked: number;
  /** The highest sequence with which listeners were notified. */
  told: number;
  renewals: number;
}

export interface Database {
  rows: Row[];
  log: LogEntry[];
  clock: LogMark;
  /** Whether the watched key may be used. */
  isOn: boolean;
  /** The latest sequence at which the key was enabled again. */
  givenBackAt: number;
  /** Sequences of changes that are recorded as confirmed. */
  confirmed: readonly number[];
  incarnations: number;
  nonces: number;
  /** Distinguishes the runs of the database server. */
  server: number;
}

export type What = 'off' | 'on' | 'delete' | 'other';

export function newDatabase(): Database {
  return {
    rows: [],
    log: [],
    clock: { seq: 0, nonce: '0' },
    isOn: true,
    givenBackAt: 0,
    confirmed: [],
    incarnations: 0,
    nonces: 0,
    server: 0,
  };
}

export function copyDatabase(db: Database): Database {
  const rows = db.rows.filter(({ isActive }) => isActive).map((row) => ({ ...row }));
  return { ...db, rows };
}

function append(db: Database, keyId: number, deleted: boolean): number {
  db.nonces += 1;
  // Mutated by tests: the model counts commits
  db.clock = { seq: db.clock.seq + 1, nonce: String(db.nonces) };
  db.log = [...db.log, { ...db.clock, deleted, change: { kind: 'key', keyId, digest: noDigest } }];
  return db.clock.seq;
}

const noDigest = new Uint8Array();

/** @returns its sequence in the log */
export function commit(db: Database, what: What): number {
  const seq = append(db, what === 'other' ? otherKey : watchedKey, what === 'delete');
  if (what === 'off' || what === 'delete') db.isOn = false;
  if (what === 'on') {
    db.isOn = true;
    db.givenBackAt = seq;
  }
  return seq;
}

export function register(db: Database, node: number, process: number, replaces: number | undefined): number {
  // Mutated by tests: the model replaces one registration
  for (const row of db.rows) if (row.incarnation === replaces) row.isActive = false;
  db.incarnations += 1;
  const incarnation = db.incarnations;
  const acked = db.clock.seq;
  db.rows.push({ node, process, incarnation, isActive: true, acked, told: 0, renewals: 0 });
  return incarnation;
}

function active(db: Database, incarnation: number): Row | undefined {
  return db.rows.find((row) => row.incarnation === incarnation && row.isActive);
}

/** A database that has lost commits may assign a number twice. A process must not act for another one. */
function own(db: Database, incarnation: number, process: number): Row | undefined {
  const row = active(db, incarnation);
  return row?.process === process ? row : undefined;
}

export function extend(db: Database, incarnation: number, process: number): boolean {
  const row = own(db, incarnation, process);
  if (row) row.renewals += 1;
  return row !== undefined;
}

export function acknowledge(db: Database, incarnation: number, process: number, seq: number): boolean {
  const row = own(db, incarnation, process);
  if (!row) return false;
  row.acked = Math.max(row.acked, seq);
  row.told = Math.max(row.told, seq);
  return true;
}

/** Entries that one statement reads. Small, so that reading new entries may take several statements. */
const rowsAtATime = 2;

export function readLog(db: Database, from: number | undefined): LogRead {
  const entries = from === undefined ? [] : db.log.filter(({ seq }) => seq >= from).slice(0, rowsAtATime);
  return { head: db.clock, entries, server: String(db.server) };
}

/** As the first query of `Coordination.retireEarlier`: registrations of dead processes of the node. */
export function earlier(db: Database, node: number, process: number): number[] {
  const rows = db.rows.filter((row) => row.isActive && row.node === node && row.process !== process);
  return rows.map(({ incarnation }) => incarnation);
}

export function retire(db: Database, incarnations: readonly number[]): void {
  for (const row of db.rows) if (incarnations.includes(row.incarnation)) row.isActive = false;
}

export function expel(db: Database, silent: readonly Pick<Row, 'incarnation' | 'renewals'>[]): void {
  for (const { incarnation, renewals } of silent) {
    const row = active(db, incarnation);
    // Mutated by tests: the model expels who does not renew
    if (row && row.renewals === renewals) row.isActive = false;
  }
}

export function confirm(db: Database, seq: number): void {
  // Mutated by tests: the model confirms one change
  db.confirmed = [...db.confirmed, seq];
}

/**
 * As `reassertDeletions`.
 * @returns the head of the log afterwards
 */
export function reassert(db: Database, deletions: readonly LogEntry[], seq: number): LogMark {
  const isBehind = db.clock.seq < seq;
  if (isBehind) db.clock = { ...db.clock, seq };
  for (const { change } of deletions) {
    if (change.kind !== 'key') continue;
    append(db, change.keyId, true);
    if (change.keyId === watchedKey) db.isOn = false;
  }
  if (isBehind && deletions.length === 0) append(db, otherKey, false);
  return db.clock;
}
