/**
 * Creates and deletes keys of any accounts in one transaction, for several callers. Each gets what it would have got from
 * a transaction of its own: the deletions take effect before the creations, either in the order of their calls.
 */
import type { Origin } from '../../domain/audit.ts';
import { digestText } from '../../domain/digest.ts';
import type { KeyRow } from '../../domain/key.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import type { Clock } from '../../platform/clock.ts';
import * as notes from '../audit-notes.ts';
import type { CommittedChange, NewKey } from '../store.ts';
import { keyChange, keyDeletion, keyEntry } from './access-entries.ts';
import { addNotes } from './audit.ts';
import type { Committing, Database, Queryable } from './connection.ts';
import type { PostgresCoordination } from './coordination.ts';
import { type Locked, lockKeys, type ShownCredential } from './key-locks.ts';
import { addOpening, carryImported, insertKeys, removeKeys } from './keys.ts';
import { type Maker, openReceipts } from './receipts.ts';
import { appendLog, type NewLogEntry, type SequencedChange, unconfirmedKeys } from './revocation-log.ts';
import { unconfirmed } from './unconfirmed.ts';

/** Why a key was not created: see `AccessWrites.insertKey`. */
export type CreationRefusal = 'digest_taken' | 'account_full' | 'no_account';

interface KeyWriteBase {
  readonly accountId: number;
  readonly origin: Origin;
  /** Called instead of `settled` when nothing of the write is committed, or that is not known. */
  readonly failed: (error: unknown) => void;
}

export interface KeyCreation extends KeyWriteBase {
  readonly kind: 'creation';
  readonly key: NewKey;
  readonly keysMax: number;
  readonly credential: ShownCredential | undefined;
  /** Called in the turn of the commit. */
  readonly settled: (created: KeyRow | CreationRefusal) => void;
}

export interface KeyDeletion extends KeyWriteBase {
  readonly kind: 'deletion';
  readonly ids: ReadonlySet<number>;
  /**
   * Called in the turn of the commit.
   * @param joined deletions of before, which are not known to be applied everywhere
   */
  readonly settled: (deleted: readonly CommittedChange[], joined: readonly SequencedChange[]) => void;
}

export type KeyWrite = KeyCreation | KeyDeletion;

/** What tells a write that it is committed. */
export interface Settlement {
  readonly write: KeyWrite;
  readonly tell: () => void;
}

export interface KeyWritesOptions {
  /** With pipelining connections. */
  readonly changes: Database;
  readonly clock: Clock;
  readonly coordination: PostgresCoordination;
  /** As in `PostgresChangesOptions`. */
  readonly confirms: boolean;
  readonly maker: Maker;
}

/** Thrown when writes must run apart to be told their results. */
class Inseparable extends Error {}

interface DoneCreation {
  readonly write: KeyCreation;
  readonly created: KeyRow | CreationRefusal;
}

interface DoneDeletion {
  readonly write: KeyDeletion;
  /** By id. */
  readonly gone: readonly Tombstone[];
  readonly joined: readonly SequencedChange[];
}

/**
 * Runs the writes in one transaction, no two of which may delete the same key.
 * @param lockMs how long each lock is waited for; 0 = as long as a statement may take
 * @returns what tells each write, to be called in the turn in which this resolves
 * @throws what failed, when nothing is committed, or that is not known; `Inseparable`
 */
export function runKeyWrites(
  options: KeyWritesOptions,
  writes: readonly KeyWrite[],
  lockMs: number,
): Promise<readonly Settlement[]> {
  const deletedAt = Math.floor(options.clock.now() / 1000);
  return options.changes.inTwoSteps({
    begin: lockMs === 0 ? 'BEGIN' : `BEGIN; SET LOCAL lock_timeout = ${lockMs}`,
    lock: (tx) => lockAll(tx, writes, deletedAt),
    async write(tx, locked) {
      const deletions = await deletionsOf(options, tx, writes, locked);
      const removing = removeKeys(
        tx,
        deletions.flatMap(({ gone }) => gone),
      );
      if (!writes.some(({ kind }) => kind === 'creation')) {
        return conclude(options, tx, deletions, [], removing);
      }
      const [creations] = await Promise.all([create(tx, writes, locked, deletions), removing]);
      return conclude(options, tx, deletions, creations, removing);
    },
  });
}

function lockAll(tx: Queryable, writes: readonly KeyWrite[], deletedAt: number): Promise<Locked> {
  const accountIds = new Set(writes.map(({ accountId }) => accountId));
  const chosen = writes.flatMap((write) =>
    write.kind === 'deletion' ? [...write.ids].map((id) => ({ accountId: write.accountId, id })) : [],
  );
  const credentials = writes.flatMap((write) => (write.kind === 'creation' ? (write.credential ?? []) : []));
  return lockKeys(tx, [...accountIds], chosen, credentials, deletedAt);
}

/** Accounts are locked, so that nothing of this changes before the commit. */
function deletionsOf(
  { confirms, coordination }: KeyWritesOptions,
  tx: Queryable,
  writes: readonly KeyWrite[],
  { tombstones }: Locked,
): Promise<readonly DoneDeletion[]> {
  return Promise.all(
    writes
      .filter((write) => write.kind === 'deletion')
      .map(async (write): Promise<DoneDeletion> => {
        const found = [...write.ids].flatMap((id) => tombstones.get(id) ?? []);
        const gone = found
          .filter(({ accountId }) => accountId === write.accountId)
          .sort((one, other) => one.id - other.id);
        const left = [...write.ids].filter((id) => !gone.some((tombstone) => tombstone.id === id));
        if (left.length === 0 || !confirms) return { write, gone, joined: [] };
        const read = () => unconfirmedKeys(tx, write.accountId, left);
        return { write, gone, joined: await unconfirmed(coordination, read) };
      }),
  );
}

/** @param counts as of the locks, less what is deleted */
function refusalOf(
  { accountId, keysMax, credential }: KeyCreation,
  counts: ReadonlyMap<number, number>,
  holding: Locked['holding'],
): CreationRefusal | undefined {
  const count = counts.get(accountId);
  if (count === undefined || (credential && !holding.has(credential))) return 'no_account';
  return count >= keysMax ? 'account_full' : undefined;
}

/** @throws Inseparable when a value is taken and others might have been refused for its sake */
async function create(
  tx: Queryable,
  writes: readonly KeyWrite[],
  { counts, holding }: Locked,
  deletions: readonly DoneDeletion[],
): Promise<readonly DoneCreation[]> {
  const left = new Map(counts);
  const add = (accountId: number, count: number) => left.set(accountId, (left.get(accountId) ?? 0) + count);
  for (const { write, gone } of deletions) if (gone.length > 0) add(write.accountId, -gone.length);
  const decided = writes
    .filter((write) => write.kind === 'creation')
    .map((write) => {
      const refusal = refusalOf(write, left, holding);
      if (refusal === undefined) add(write.accountId, 1);
      return { write, refusal };
    });
  const wanted = decided.filter(({ refusal }) => refusal === undefined).map(({ write }) => write.key);
  const rows = wanted.length > 0 ? await insertKeys(tx, wanted) : [];
  if (rows.length < wanted.length && writes.length > 1) throw new Inseparable();
  const rowOf = new Map(rows.map((row) => [digestText(row.digest), row]));
  const created = decided.map(async ({ write, refusal }): Promise<DoneCreation> => {
    const row = rowOf.get(digestText(write.key.digest));
    if (refusal !== undefined || !row) return { write, created: refusal ?? 'digest_taken' };
    return { write, created: await carryImported(tx, row, write.key) };
  });
  return Promise.all(created);
}

/** @param removing the deletions, which may have been sent only */
async function conclude(
  { clock, maker }: KeyWritesOptions,
  tx: Committing,
  deletions: readonly DoneDeletion[],
  creations: readonly DoneCreation[],
  removing: Promise<void>,
): Promise<readonly Settlement[]> {
  const added = creations.flatMap(({ write, created }) =>
    typeof created === 'string' ? [] : [{ row: created, key: write.key, origin: write.origin }],
  );
  const deleted = deletions.flatMap(({ write: { origin }, gone }) =>
    gone.map((tombstone) => ({ tombstone, origin })),
  );
  const noted = [
    ...deletions.map(({ write: { origin }, gone }) => ({ origin, notes: notes.keysDeleted(gone) })),
    ...added.map(({ row, origin }) => ({ origin, notes: notes.keyCreated(row) })),
  ];
  const entries = [
    ...deleted.map(({ tombstone }) => keyDeletion(tombstone)),
    ...added.map(({ row }) => keyEntry(row)),
  ];
  const now = clock.now();
  const [receipts, sequences] = await tx.commitWith(() =>
    Promise.all([
      openReceipts(tx, deleted, now, maker),
      appendAfter(tx, entries, [
        removing,
        ...added.map(({ row, key }) => addOpening(tx, row, key)),
        addNotes(tx, noted, now),
      ]),
    ]),
  );
  // A node that has applied the last one has applied all: wait for one sequence.
  const seq = sequences.at(-1) ?? 0;
  const committed = (tombstone: Tombstone): CommittedChange => {
    const receipt = receipts.get(tombstone.id);
    return { change: keyChange(tombstone), seq, tombstone, ...(receipt && { receipt }) };
  };
  return [
    ...deletions.map(({ write, gone, joined }) => ({
      write,
      tell: () => write.settled(gone.map(committed), joined),
    })),
    ...creations.map(({ write, created }) => ({ write, tell: () => write.settled(created) })),
  ];
}

/** Sends the last statement behind others. */
async function appendAfter(
  tx: Queryable,
  entries: readonly NewLogEntry[],
  sent: readonly Promise<void>[],
): Promise<readonly number[]> {
  // Each change waits for the clock as long as those before it need, which is no sign of a blocked account.
  const waiting = entries.length > 0 ? [tx.run('SET LOCAL lock_timeout = 0')] : [];
  const [sequences] = await Promise.all([appendLog(tx, entries), ...waiting, ...sent]);
  return sequences;
}
