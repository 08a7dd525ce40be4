/** Lists the groups that an account's keys may use. Pure. */

/** The group name that stands for "whichever of my groups has a channel". */
export const autoGroup = 'auto';

/** An account's own group, then those that every account may choose. */
export function groupsOfAccount(ownGroup: string, selectable: readonly string[]): readonly string[] {
  return [ownGroup, ...selectable.filter((group) => group !== ownGroup)];
}

/** Whether a key of the account may name `group`; an empty name stands for the account's own group. */
export function mayUseGroup(group: string, ownGroup: string, selectable: readonly string[]): boolean {
  return group === '' || group === autoGroup || groupsOfAccount(ownGroup, selectable).includes(group);
}
