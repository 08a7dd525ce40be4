/** Opens the tombstone log that the settings name. */
import { join } from 'node:path';
import { HalleyError } from '../../platform/errors.ts';
import type { Settings } from '../../platform/settings/schema.ts';
import { databaseName } from '../postgres/database-name.ts';
import { openFileLog } from './file-log.ts';
import type { TombstoneLog } from './tombstone-log.ts';

const tombstoneLogFileName = 'tombstones.log';

export type TombstoneSettings = Pick<Settings, 'data_dir' | 'database' | 'tombstones'>;

/** The path of a log that is a file; undefined = it is in a database. */
export function tombstoneLogPath({ data_dir, tombstones }: TombstoneSettings): string | undefined {
  if (tombstones.url !== undefined) return undefined;
  return tombstones.path ?? join(data_dir, tombstoneLogFileName);
}

/**
 * Whether deletions survive a restore of the database. The data directory of one node of a cluster is not expected to
 * last.
 */
export function areRestoresProtected({ database, tombstones }: TombstoneSettings): boolean {
  return database.url === undefined || tombstones.path !== undefined || tombstones.url !== undefined;
}

/**
 * @param onReplaced as of `openFileLog`
 * @throws HalleyError('store_unavailable') with a message for the operator
 */
export async function openTombstoneLog(
  settings: TombstoneSettings,
  onReplaced?: () => void,
): Promise<TombstoneLog> {
  const { url } = settings.tombstones;
  const path = tombstoneLogPath(settings);
  if (path !== undefined) return openFileLog(path, onReplaced);
  requireAnother(url, settings.database.url);
  const { openPostgresLog } = await import('./postgres-log.ts');
  const { statement_ms: statementMs, connect_ms: connectMs } = settings.database;
  return openPostgresLog({ url: url ?? '', statementMs, connectMs });
}

/** A log that is restored together with the database protects nothing. */
function requireAnother(url: string | undefined, databaseUrl: string | undefined): void {
  if (url === undefined || databaseUrl === undefined || databaseName(url) !== databaseName(databaseUrl))
    return;
  throw new HalleyError('store_unavailable', {
    message: `tombstones.url and database.url name the same database (${databaseName(url)}): a restore would take the log back too. Name another database, best on another server.`,
  });
}
