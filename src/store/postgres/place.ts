/** How a database is named to people, and how it is said that it cannot be used; never with its password. */
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
  const cause = error instanceof HalleyError ? error.cause : error;
  const cure = tlsCure(cause) ?? 'Check that it runs, and the address, user and password.';
  // Texts of the driver never hold the password, but the cause may: it is not passed on.
  return new HalleyError('store_unavailable', {
    message: `${where} cannot be used: ${reasonOf(error)}. ${cure}`,
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof HalleyError ? error.cause : error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}
