/** Adds usage from before an import, in PostgreSQL. */
import { importSql } from '../statements/imports.ts';
import type { CarriedUsage } from '../store.ts';
import type { Queryable } from './connection.ts';

/**
 * Part of the transaction that adds its holder.
 * @param keyId 0 = usage of the account that no key has
 */
export async function carryUsage(
  tx: Queryable,
  accountId: number,
  keyId: number,
  usage: CarriedUsage,
): Promise<void> {
  const { requests, units } = usage;
  for (const carry of importSql.carry) await tx.run(carry, { accountId, keyId, requests, units });
  if (keyId !== 0) await tx.run(importSql.carryToKey, { keyId, units });
  await tx.run(importSql.carryToAccount, { accountId, requests, units });
}
