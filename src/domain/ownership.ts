/** Who may use what outlives its request: jobs, stored responses, conversations, files, batches. Pure. */

/** Who made something that outlives its request. */
export interface Ownership {
  readonly accountId: number;
  readonly keyId: number;
}

/** Who may use it besides the key that made it: nobody, or every key and session of its account. */
export type SharePolicy = 'key' | 'account';

/**
 * Whether a caller may use what another request made. To whom this says no, it does not exist.
 * @param caller `keyId` undefined = a session of the account
 */
export function mayUse(
  made: Ownership,
  caller: { readonly accountId: number; readonly keyId: number | undefined },
  share: SharePolicy,
): boolean {
  if (made.accountId !== caller.accountId) return false;
  return share === 'account' || made.keyId === caller.keyId;
}
