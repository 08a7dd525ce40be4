/** Joins a node to its cluster. */
import { systemClock as clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type { ClusterNode } from '../revocation/cluster-node.ts';
import { NodeHandlers } from '../revocation/node-handlers.ts';
import type { OpenedStore, SharedDatabase } from '../store/open-store.ts';
import type { RestoreProtection } from './protect-restores.ts';
import type { Rooms } from './rooms.ts';
import type { AssemblyOptions } from './start-ledger.ts';

/** Registers the node. From then on it applies the changes of other nodes and may serve requests. */
export async function joinFleet(
  { settings, log }: AssemblyOptions,
  { store }: OpenedStore,
  shared: SharedDatabase,
  member: ClusterNode,
  { access, ledger, metrics, upstreams, prices }: Rooms,
  protection: RestoreProtection,
) {
  const failed = (what: string) => (error: unknown) =>
    log.warn({ error: asHalleyError(error).log }, `not possible yet: ${what}`);
  const scheduler = new Scheduler(clock);
  const channels = scheduler.retrying(() => upstreams.reload(), failed('reloading the channels'));
  const priceBook = scheduler.retrying(() => prices.load(), failed('reloading the prices'));
  const restores = scheduler.retrying(
    () => protection.reconcile(),
    failed('comparing the database with the tombstone log'),
  );
  const handlers = new NodeHandlers({ access, ledger, channels, prices: priceBook, restores, protection });
  await member.start(handlers);
  handlers.hasJoined = true;
  scheduler.every(
    limits.tombstones_follow_every_ms,
    () => protection.follow(),
    failed('copying deletions of other nodes to the tombstone log'),
  );
  scheduler.every(
    limits.cache_truth_every_ms,
    async () => {
      const settled = () => member.caughtUp();
      const { checked, wrong } = await access.checkCache(store, settled, limits.cache_truth_records);
      metrics.fleet?.cacheChecked(checked, wrong);
      if (wrong > 0) log.error({ wrong }, 'cached keys differed from the database');
    },
    failed('comparing the key cache with the database'),
  );
  scheduler.every(
    limits.lost_reservations_every_ms,
    async () => {
      const released = await shared.releaseLost();
      if (released.requests > 0) log.warn(released, 'the reservations of lost nodes were released');
    },
    failed('releasing the reservations of lost nodes'),
  );
  log.info({ node: shared.identity.name, lease_ms: settings.fleet.lease_ms }, 'joined the fleet');
  return async () => {
    await scheduler.stop();
    await member.stop();
  };
}
