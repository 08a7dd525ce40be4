/** Statement that checks whether the database can be written. */
import { integer } from '../columns.ts';
import { statement } from '../statement.ts';

export const writeCheck = statement(
  { now: integer() },
  `INSERT INTO write_check (id, checked_at) VALUES (1, :now)
    ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at`,
);
