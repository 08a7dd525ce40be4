/** Opens a PostgreSQL database for commands that work without a running gateway. */
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
