/** Checks a PostgreSQL database, for `halley doctor`. */
import { isLoopback } from '../http/plain-credentials.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { workersOf } from '../platform/settings/worker-settings.ts';
import { databaseName } from '../store/postgres/database-name.ts';
import { type Inspection, inspectPostgres } from '../store/postgres/inspect.ts';
import { oldestPostgres, schemaVersion } from '../store/postgres/migrate.ts';
import { connectionsBesidePool } from '../store/postgres/open.ts';
import { connectionTo } from './connection.ts';
import { checkSecrets, findSecrets } from './diagnose-secret.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/**
 * Each node uses its own clock for the expiry of keys and the periods of budgets. A larger difference in
 * milliseconds makes nodes disagree.
 */
const clockMsMax = 5000;

export async function checkPostgres(url: string, settings: Settings, clock: Clock): Promise<Finding[]> {
  const secrets = findSecrets(settings);
  if (secrets instanceof HalleyError) return [failed('server secret', secrets.message)];
  try {
    const found = await inspectPostgres(connectionTo(url, settings.database), clock);
    const where = databaseName(url);
    const first = checkServer(found, where);
    if (first.outcome === 'failed') return [first];
    return [
      first,
      checkEncryption(found),
      checkSchema(found),
      checkSecrets(found.secretState, secrets),
      checkCommits(found),
      checkConnections(found, settings),
      checkClock(found),
      checkNotices(found),
    ];
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    return [failed('database', error.message)];
  }
}

function checkServer({ version, versionNumber, isReadOnly }: Inspection, where: string): Finding {
  const check = 'database';
  if (versionNumber < oldestPostgres) {
    return failed(check, `${where} is PostgreSQL ${version}. Halley needs 15 or newer: upgrade it.`);
  }
  if (isReadOnly) {
    return failed(
      check,
      `${where} accepts no writes. Give the address of the primary, and a user that may write.`,
    );
  }
  return ok(check, `${where} answers, PostgreSQL ${version}.`);
}

/** The host of a socket on this machine is a directory. */
export function checkEncryption({ host, isEncrypted }: Pick<Inspection, 'host' | 'isEncrypted'>): Finding {
  const check = 'database connection';
  if (isEncrypted) return ok(check, 'It is encrypted.');
  const isLocal = host === 'localhost' || host.startsWith('/') || isLoopback(host);
  if (isLocal) return ok(check, 'It stays on this machine.');
  return warning(
    check,
    `Others on the network can read the traffic to ${host}, including the sign-in to the database. Add ?sslmode=verify-full to database.url (docs/guides/postgresql.md).`,
  );
}

function checkSchema({ schema }: Inspection): Finding {
  const check = 'database schema';
  if (!schema) return ok(check, 'There is none yet; `halley serve` creates it.');
  if (schema.oldestReader > schemaVersion) {
    return failed(
      check,
      `It has version ${schema.version}, which this Halley (version ${schemaVersion}) cannot use. Run the newer Halley.`,
    );
  }
  if (schema.version < schemaVersion) {
    return ok(check, `It has version ${schema.version}; \`halley serve\` brings it to ${schemaVersion}.`);
  }
  return ok(check, `It has version ${schema.version}, which this Halley knows how to use.`);
}

function checkCommits({ fsync, synchronousCommit, standbyNames }: Inspection): Finding {
  const check = 'database commits';
  const shown = `synchronous_commit is ${synchronousCommit}, synchronous_standby_names is "${standbyNames}"`;
  if (fsync === 'off') {
    return failed(
      check,
      'fsync is off: a power cut damages the database and brings deleted keys back. Set it to on.',
    );
  }
  if (synchronousCommit === 'off') {
    return failed(
      check,
      `${shown}: a crash of the database brings deleted keys back. Set synchronous_commit to on.`,
    );
  }
  if (standbyNames === '' || synchronousCommit === 'local') {
    return ok(
      check,
      `${shown}: what is confirmed survives a crash, but commits do not wait for a standby, so a fail-over may bring deleted keys back (docs/guides/postgresql.md).`,
    );
  }
  return ok(check, `${shown}: what is confirmed survives a crash, and a fail-over to a synchronous standby.`);
}

/** A restart starts a worker before it ends another one. */
export function checkConnections(
  { connectionsMax }: Pick<Inspection, 'connectionsMax'>,
  settings: Pick<Settings, 'server' | 'database'>,
): Finding {
  const check = 'database connection limit';
  const workers = workersOf(settings);
  const needed = (workers + 1) * (settings.database.pool_max + connectionsBesidePool);
  const shown = `It accepts ${connectionsMax} (max_connections), and ${workers === 1 ? 'one process' : `${workers} workers`} of this machine may open ${needed} during a restart`;
  if (needed <= connectionsMax) return ok(check, `${shown}.`);
  return warning(
    check,
    `${shown}. Raise max_connections, or lower database.pool_max or server.workers (docs/guides/workers.md).`,
  );
}

function checkClock({ clockAheadMs }: Inspection): Finding {
  const check = 'database clock';
  const ahead = `${(Math.abs(clockAheadMs) / 1000).toFixed(1)} s ${clockAheadMs < 0 ? 'behind' : 'ahead of'}`;
  return Math.abs(clockAheadMs) > clockMsMax
    ? failed(check, `It is ${ahead} this machine's. Set both by NTP.`)
    : ok(check, `It is ${ahead} this machine's.`);
}

function checkNotices({ isHeard }: Inspection): Finding {
  const check = 'database notices';
  return isHeard
    ? ok(check, 'A notification of one connection reaches another.')
    : failed(
        check,
        'A notification of one connection does not reach another: deletions take up to a quarter of a lease. A connection pooler must use session mode (docs/guides/postgresql.md).',
      );
}
