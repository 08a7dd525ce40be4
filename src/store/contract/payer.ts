/** Somebody who pays for requests, as the suites of the ledger need them. */

import assert from 'node:assert/strict';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { type HolderKind, holdersOf } from '../../domain/accounting/holder.ts';
import type { ReservationOutcome, ReservationRequest, Shortfall } from '../../domain/accounting/terms.ts';
import type { NewAccount, NewKey } from '../store.ts';
import { addAccount, addKey, aKey, anAccount, aRequestId } from './engine.ts';

export interface Payer {
  readonly accountId: number;
  readonly keyId: number;
}

/** Fields of an account that may spend no more than this. */
export const limitedTo = (quota: number) => ({ quota, unlimitedQuota: false });
/** Fields of a key that may spend no more than this. */
export const keyLimitedTo = (remainQuota: number) => ({ remainQuota, unlimitedQuota: false });

/** An account without limits and a key without limits, unless given. */
export async function aPayer(
  store: TestStore,
  fields: { readonly key?: Partial<NewKey>; readonly account?: Partial<NewAccount> } = {},
): Promise<Payer> {
  const account = await addAccount(
    store,
    anAccount(aRequestId(), { quota: 0, unlimitedQuota: true, ...fields.account }),
  );
  const key = await addKey(store, aKey(account.id, fields.key));
  return { accountId: account.id, keyId: key.id };
}

/** A reservation that a payer asks for. */
export function asking(
  payer: Payer,
  units: number,
  fields: Partial<ReservationRequest> = {},
): ReservationRequest {
  return { requestId: aRequestId(), holders: holdersOf(payer), units, at: 1_800_000_000, ...fields };
}

/** What a reservation of a payer did not fit into. */
export function shortfall(
  payer: Payer,
  limit: `${HolderKind}_${Shortfall['limit']}`,
  free: number,
  reserved: number,
): Shortfall {
  const [kind, exceeded] = limit.split('_') as [HolderKind, Shortfall['limit']];
  return { holder: { kind, id: payer[`${kind}Id`] }, limit: exceeded, free, reserved };
}

/** Asks for units for one request. */
export async function reserve(
  store: TestStore,
  payer: Payer,
  units: number,
  fields: Partial<ReservationRequest> = {},
): Promise<ReservationOutcome> {
  const { outcomes } = await store.reserve([asking(payer, units, fields)]);
  assert.equal(outcomes.length, 1);
  return outcomes[0] ?? 'gone';
}

/** Seconds UTC of an ISO time. */
export function seconds(iso: string): number {
  return Date.parse(iso) / 1000;
}
