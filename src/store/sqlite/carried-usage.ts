/** Adds usage from before an import, in SQLite. */
import { importSql } from '../statements/imports.ts';
import type { CarriedUsage } from '../store.ts';
import type { Connection } from './connection.ts';

/**
 * Part of the transaction that adds its holder.
 * @param keyId 0 = usage of the account that no key has
 */
export function carryUsage(
  connection: Connection,
  accountId: number,
  keyId: number,
  usage: CarriedUsage,
): void {
  const { requests, units } = usage;
  for (const carry of importSql.carry) connection.run(carry, { accountId, keyId, requests, units });
  if (keyId !== 0) connection.run(importSql.carryToKey, { keyId, units });
  connection.run(importSql.carryToAccount, { accountId, requests, units });
}
