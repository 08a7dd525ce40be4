/** Describes a database and its failures for people, without its password. */
import { HalleyError } from '../../platform/errors.ts';
import { tlsCure } from './tls.ts';

/**
 * Where a database is; without user and password.
 * @throws HalleyError('store_unavailable') when the address is none
 */
export function databaseName(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `The database ${decodeURIComponent(pathname.slice(1)) || 'postgres'} on ${hostname}:${port || 5432}`;
  } catch {
    throw new HalleyError('store_unavailable', {
      message: 'The address of the database is not a URL such as postgres://user:password@host:5432/halley.',
    });
  }
}

/** @param where as `databaseName` says it */
export function unusable(where: string, error: unknown): HalleyError {
  // Texts of the driver never hold the password, but the cause may: it is not passed on.
  return new HalleyError('store_unavailable', {
    message: `${where} cannot be used: ${reasonOf(error)}. ${cureOf(error)}`,
  });
}

const cures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Start it, or correct host and port in database.url.',
  ENOTFOUND: 'Correct the host name in database.url.',
  EAI_AGAIN: 'Check the name server of this machine, and the host name in database.url.',
  '28P01': 'Correct user and password in database.url.',
  '28000': 'Let this user connect from this machine (pg_hba.conf), or correct the user in database.url.',
  '3D000': 'Create the database (createdb), or correct its name in database.url.',
  '53300': 'Raise max_connections of the server, or lower database.pool_max.',
  '53100': "Free space on the database server's disk.",
};

function cureOf(error: unknown): string {
  const cause = causeOf(error);
  const { code } = Object(cause) as { code?: unknown };
  const known = tlsCure(cause) ?? cures[String(code)];
  return known ?? 'Check that it runs, and the address, user and password in database.url.';
}

/** Of several addresses that were tried, the last. */
function causeOf(error: unknown): unknown {
  const cause = error instanceof HalleyError ? error.cause : error;
  return cause instanceof AggregateError ? cause.errors.at(-1) : cause;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof HalleyError ? error.cause : error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}
