/** Counts deletions and new administrators in front of the access revocation service. */
import type { ManagementCounts } from '../observe/management-metrics.ts';
import type { AccessRevocation } from '../revocation/access-revocation.ts';
import { type AccessWrites, roles } from '../store/store.ts';

/** The methods of `AccessRevocation` that endpoints use. */
export type AccessChanges = Pick<AccessRevocation, keyof AccessWrites>;

export function countRevocations(accessChanges: AccessChanges, counts: ManagementCounts): AccessChanges {
  return {
    insertKey: (...key) => accessChanges.insertKey(...key),
    updateKey: (...change) => accessChanges.updateKey(...change),
    topUp: (topup) => accessChanges.topUp(topup),
    async deleteKeys(...keys) {
      const deleted = await accessChanges.deleteKeys(...keys);
      if (deleted.length > 0) counts.deleted('key', deleted.length);
      return deleted;
    },
    async updateAccount(id, fields, ...by) {
      const row = await accessChanges.updateAccount(id, fields, ...by);
      if (typeof row === 'object' && fields.role === roles.admin) counts.administratorMade();
      return row;
    },
    async revokeCredentials(id) {
      const revoked = await accessChanges.revokeCredentials(id);
      if (revoked && revoked.keyIds.length > 0) counts.deleted('key', revoked.keyIds.length);
      return revoked;
    },
    async deleteAccount(id) {
      const isDeleted = await accessChanges.deleteAccount(id);
      if (isDeleted) counts.deleted('account', 1);
      return isDeleted;
    },
  };
}
