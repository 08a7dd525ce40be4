/** Reads the numbered migrations of an engine: one `.sql` file each, with a header that is parsed strictly. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Migration {
  /** `0007-secret-rotation.sql`. Its number is the schema version that it makes. */
  readonly file: string;
  readonly sql: string;
  /**
   * The lowest schema version whose code may still run on a database that has this one; undefined in SQLite, whose
   * database only one process uses.
   */
  readonly oldestReader: number | undefined;
}

const fileName = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/;
const comment = /^-- \S/;
const field = /^-- ([a-z]+(?: [a-z]+)?): /;
const oldestReaderLine = /^-- oldest reader: ([1-9]\d*)$/;

/** @throws Error when a file has the wrong number or header, so that no database is touched by it */
export function readMigrations(directory: string): readonly Migration[] {
  return readdirSync(directory)
    .sort()
    .map((file, index) => parseMigration(file, index + 1, readFileSync(join(directory, file), 'utf8')));
}

/**
 * The header is the comment lines up to the first empty line: a description, then perhaps the line
 * `-- oldest reader: N`.
 */
export function parseMigration(file: string, version: number, sql: string): Migration {
  if (Number(fileName.exec(file)?.[1]) !== version) {
    throw new Error(`migration ${file} should be called ${String(version).padStart(4, '0')}-words.sql`);
  }
  const header = sql.slice(0, sql.indexOf('\n\n')).split('\n');
  const last = oldestReaderLine.exec(header.at(-1) ?? '')?.[1];
  const description = last === undefined ? header : header.slice(0, -1);
  if (description.length === 0 || !description.every((line) => comment.test(line) && !field.test(line))) {
    throw new Error(
      `migration ${file} should open with "-- " lines that say what it does, then an empty line`,
    );
  }
  const oldestReader = last === undefined ? undefined : Number(last);
  if (oldestReader !== undefined && oldestReader > version) {
    throw new Error(`migration ${file}: its oldest reader ${oldestReader} is newer than itself`);
  }
  return { file, sql, oldestReader };
}
