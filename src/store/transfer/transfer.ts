/** Copies everything that a gateway stores from SQLite to an empty PostgreSQL database: all of it, or nothing. */
import type { Origin } from '../../domain/audit.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { databaseNote } from '../audit-notes.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import { addNotes } from '../postgres/audit.ts';
import { type ConnectionOptions, Database, type Queryable } from '../postgres/connection.ts';
import { databaseName } from '../postgres/database-name.ts';
import { bringUpToDate } from '../postgres/open.ts';
import { moveSecrets } from '../postgres/secret-check.ts';
import { differencesSeenBy, verificationMs } from '../postgres/verification.ts';
import { stateOf } from '../secret-order.ts';
import { storableRow } from './replace.ts';
import { openTransferSource, type TransferSource } from './source.ts';
import { changedByTexts, type TransferTable, transferTables } from './tables.ts';
import { figuresIn, finish, insertRows, setLastId, takeEmpty } from './target.ts';

export interface TransferOptions {
  /** The data directory with the SQLite database. */
  readonly dir: string;
  readonly connection: ConnectionOptions;
  /** The secrets that values are sealed under. Called once the data directory is known to hold a database. */
  readonly secrets: () => SecretRing;
  /** Who moves the data, for the audit log. */
  readonly origin: Origin;
  readonly clock: Clock;
  /** Called for each table when it is copied. */
  readonly onTable?: (table: MovedTable) => void;
}

export interface MovedTable {
  readonly name: string;
  readonly rows: number;
  /** How many of those have texts in which something was replaced. */
  readonly replaced: number;
}

export interface Transferred {
  readonly tables: readonly MovedTable[];
  /** Requests whose reservation a crash left behind. It ends with the migration. */
  readonly reservations: number;
  /** Differences that the source had already: the migration changed nothing of them. */
  readonly differences: readonly LedgerDifference[];
}

/** The most that is sent at a time, which is held in memory. One row may be more. */
const batchChars = 1_048_576;
const batchRows = 5000;

/** More than a person reads. */
const differencesMax = 1000;

/**
 * The source is locked and only read. Everything is written, compared and verified in one transaction: unless this
 * resolves, the target has its tables and nothing else.
 * @throws HalleyError('store_unavailable') saying what to do
 */
export async function transfer(options: TransferOptions): Promise<Transferred> {
  const { dir, connection, secrets, origin, clock } = options;
  const where = databaseName(connection.url);
  const source = openTransferSource(dir);
  try {
    const ring = secrets();
    await bringUpToDate(connection, where);
    const database = new Database({ ...connection, poolMax: 1, statementMs: verificationMs });
    try {
      return await database.transaction(async (tx) => {
        await takeEmpty(tx, where);
        await moveSecrets(tx, source.secretState() ?? stateOf(ring), ring);
        const tables: MovedTable[] = [];
        for (const table of transferTables) tables.push(await moveTable(tx, source, table, options));
        await finish(tx);
        const differences = await verify(tx, source);
        await addNotes(tx, [{ origin, notes: [databaseNote('created', 'SQLite')] }], clock.now());
        return { tables, reservations: source.reservations(), differences };
      });
    } finally {
      await database.close();
    }
  } finally {
    source.close();
  }
}

async function moveTable(
  tx: Queryable,
  source: TransferSource,
  table: TransferTable,
  { onTable }: Pick<TransferOptions, 'onTable'>,
): Promise<MovedTable> {
  let [rows, replaced, chars] = [0, 0, 0];
  let batch: string[] = [];
  const send = async () => {
    await insertRows(tx, table, batch, replaced > 0);
    [batch, chars] = [[], 0];
  };
  for (const row of source.rows(table)) {
    const storable = storableRow(table, row);
    rows += 1;
    if (storable !== row) replaced += 1;
    batch.push(storable);
    chars += storable.length;
    if (batch.length >= batchRows || chars >= batchChars) await send();
  }
  if (batch.length > 0) await send();
  if (table.hasIds) await setLastId(tx, table, source.lastId(table));
  await compare(tx, source, table, replaced > 0);
  const moved = { name: table.name, rows, replaced };
  onTable?.(moved);
  return moved;
}

async function compare(
  tx: Queryable,
  source: TransferSource,
  table: TransferTable,
  isReplaced: boolean,
): Promise<void> {
  const there = await figuresIn(tx, table);
  const passedOver = isReplaced ? changedByTexts(table) : new Set();
  for (const [what, figure] of source.figures(table)) {
    if (passedOver.has(what) || there.get(what) === figure) continue;
    throw differs(`${table.name}, ${what}: ${figure} there, ${there.get(what)} here`);
  }
}

/** @returns differences that the source had already */
async function verify(tx: Queryable, source: TransferSource): Promise<readonly LedgerDifference[]> {
  const here = await differencesSeenBy(tx, differencesMax);
  if (here.length === 0) return [];
  const shown = ({ what, stored, computed }: LedgerDifference) => `${what}: ${stored}, ${computed}`;
  const before = new Set(source.findLedgerDifferences(differencesMax).map(shown));
  const made = here.find((difference) => !before.has(shown(difference)));
  if (made) throw differs(`${made.what}: is ${made.stored}, should be ${made.computed}`);
  return here;
}

function differs(how: string): HalleyError {
  return new HalleyError('store_unavailable', {
    message: `The copy differs from the source (${how}). Nothing was committed. Please report this.`,
  });
}
