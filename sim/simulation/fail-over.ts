/** Fails over to a standby that does not have all commits. */
import type { World } from './world.ts';

/**
 * Commits from now until the primary dies are lost.
 * @param diesIn milliseconds
 * @param takesOverIn milliseconds after that
 * @param then called when the standby has taken over
 */
export function failOver(world: World, diesIn: number, takesOverIn: number, then?: () => void): void {
  const { database, checker } = world;
  const standby = database.copy();
  world.after(diesIn, 'the primary dies', undefined, () => {
    if (world.isHealed) return;
    if (world.trace) world.note(undefined, 'the database is down');
    database.goDown();
    world.after(takesOverIn, 'the standby takes over', undefined, () => {
      if (world.isHealed) return;
      if (world.trace) world.note(undefined, 'the standby takes over');
      const gone = world.mix.accountOf.map((_, key) => !database.exists(key));
      database.restore(standby);
      database.goDown();
      database.comeUp(true);
      checker.lostCommits(gone.flatMap((was, key) => (was && database.exists(key) ? [key] : [])));
      then?.();
    });
  });
}
