/** How commands that open a PostgreSQL database by themselves do so. */
import type { Settings } from '../platform/settings/schema.ts';
import type { ConnectionOptions } from '../store/postgres/connection.ts';

export function connectionTo(
  url: string,
  { statement_ms, connect_ms }: Settings['database'],
): ConnectionOptions {
  return {
    url,
    poolMax: 2,
    statementMs: statement_ms,
    connectMs: connect_ms,
    applicationName: 'halley command',
  };
}
