/** Role rules: which role may act on which. Pure. */
import { HalleyError } from '../platform/errors.ts';
import { type AccountRow, type Role, roles } from '../store/store.ts';

export type Actor = Pick<AccountRow, 'id' | 'role'>;

/** @throws HalleyError('forbidden') unless the actor is an administrator */
export function requireAdmin(actor: Actor): void {
  if (actor.role < roles.admin) throw new HalleyError('forbidden');
}

/**
 * An administrator manages accounts of a lower role. Root also manages itself (see `requireNotRoot` for the exceptions).
 * @throws HalleyError('forbidden')
 */
export function requireManages(actor: Actor, target: Actor): void {
  const rootItself = actor.id === target.id && actor.role === roles.root;
  if (actor.role > target.role || rootItself) return;
  throw new HalleyError('forbidden', {
    message: 'You can manage only accounts whose role is lower than yours.',
  });
}

/**
 * Whether the actor may see, disable and delete the keys of an account: its own, and those of lower roles. Applies
 * the same rule as `KeyScope` of the store.
 */
export function managesKeysOf(actor: Actor, owner: Actor): boolean {
  return actor.id === owner.id || actor.role > owner.role;
}

/** @throws HalleyError('forbidden') when the account is root, which cannot be disabled, demoted or deleted */
export function requireNotRoot(target: Actor): void {
  if (target.role !== roles.root) return;
  throw new HalleyError('forbidden', {
    message: 'The root account cannot be disabled, deleted, or given another role.',
  });
}

/** @throws HalleyError('forbidden') when the new role is not lower than the actor's own */
export function requireMayGive(actor: Actor, role: Role): void {
  if (role < actor.role) return;
  throw new HalleyError('forbidden', { message: 'You can give only roles that are lower than yours.' });
}
