/** Statements that check whether the database can be written, by writing a row. */
import { integer } from '../columns.ts';
import { statement } from '../statement.ts';

const takes = { now: integer() } as const;

// A replaced row is always written. SQLite writes nothing for an update to the value that a row already has.
export const sqliteWriteCheck = statement(
  takes,
  'INSERT OR REPLACE INTO write_check (id, checked_at) VALUES (1, :now)',
);

export const postgresWriteCheck = statement(
  takes,
  `INSERT INTO write_check (id, checked_at) VALUES (1, :now)
    ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at`,
);
