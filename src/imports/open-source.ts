/** Opens the database of another gateway for reading. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { readCsv } from '../domain/csv.ts';
import { HalleyError } from '../platform/errors.ts';
import type { SourceRow } from './cells.ts';
import type { ImportSource } from './source.ts';

/**
 * @param from the path of an SQLite file or of a directory with one CSV file for each table, or a URL of PostgreSQL
 * @throws HalleyError('invalid_value') when there is nothing to read
 */
export async function openSource(from: string): Promise<ImportSource> {
  if (/^postgres(ql)?:\/\//.test(from)) return postgresSource(from);
  if (/^\w+:\/\//.test(from)) {
    throw new HalleyError('invalid_value', {
      message:
        'Only SQLite files, PostgreSQL URLs and directories of CSV files can be read. For MySQL, export each table to a CSV file.',
    });
  }
  if (!existsSync(from)) throw new HalleyError('invalid_value', { message: `There is nothing at ${from}.` });
  return statSync(from).isDirectory() ? csvSource(from) : sqliteSource(from);
}

/** Columns without a time zone hold UTC, as every gateway that is read here writes them. */
const timestampType = 1114;
const utcTypes: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === timestampType && format !== 'binary'
      ? (text: string) => new Date(`${text.replace(' ', 'T')}Z`)
      : pg.types.getTypeParser(type, format),
};

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const distinctText = (table: string, columns: readonly string[]) =>
  `SELECT DISTINCT ${columns.map(quoted).join(', ')} FROM ${quoted(table)} ORDER BY ${columns.map((_, at) => at + 1).join(', ')}`;

function sqliteSource(path: string): ImportSource {
  const database = new DatabaseSync(path, { readOnly: true });
  let tables: ReadonlySet<string>;
  try {
    const found = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    tables = new Set(found.map(({ name }) => String(name)));
  } catch {
    database.close();
    throw new HalleyError('invalid_value', { message: `${path} is not an SQLite database.` });
  }
  return {
    tables,
    rows: async (table, orderBy) =>
      tables.has(table)
        ? database.prepare(`SELECT * FROM ${quoted(table)} ORDER BY ${quoted(orderBy)}`).all()
        : [],
    distinct: async (table, columns) =>
      tables.has(table) ? database.prepare(distinctText(table, columns)).all() : [],
    count: async (table) =>
      tables.has(table)
        ? Number(database.prepare(`SELECT count(*) AS rows FROM ${quoted(table)}`).get()?.rows)
        : 0,
    close: async () => database.close(),
  };
}

async function postgresSource(url: string): Promise<ImportSource> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'halley import',
    types: utcTypes,
  });
  await client.connect().catch(() => {
    // The driver's message can hold the URL with its password.
    throw new HalleyError('invalid_value', {
      message: 'The PostgreSQL database of --from cannot be reached.',
    });
  });
  // One snapshot, so that accounts and keys belong together while the other gateway goes on.
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const found = await client.query<{ readonly name: string }>(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()',
  );
  const tables = new Set(found.rows.map(({ name }) => name));
  const read = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows;
  return {
    tables,
    rows: async (table, orderBy) =>
      tables.has(table) ? read(`SELECT * FROM ${quoted(table)} ORDER BY ${quoted(orderBy)}`) : [],
    distinct: async (table, columns) => (tables.has(table) ? read(distinctText(table, columns)) : []),
    count: async (table) =>
      tables.has(table) ? Number((await read(`SELECT count(*) AS rows FROM ${quoted(table)}`))[0]?.rows) : 0,
    close: () => client.end(),
  };
}

/** The first line of each file names the columns. */
function csvSource(directory: string): ImportSource {
  const files = readdirSync(directory).filter((name) => name.endsWith('.csv'));
  const read = (table: string): readonly SourceRow[] => {
    const [head, ...lines] = readCsv(readFileSync(join(directory, `${table}.csv`), 'utf8'));
    return lines.map(({ cells }) =>
      Object.fromEntries((head?.cells ?? []).map((name, at) => [name.trim(), cells[at]])),
    );
  };
  const tables = new Set(files.map((name) => basename(name, '.csv')));
  const rows = async (table: string) => (tables.has(table) ? read(table) : []);
  return {
    tables,
    rows,
    distinct: rows,
    count: async (table) => (await rows(table)).length,
    close: async () => undefined,
  };
}
