/** Creates the components that hold state while the gateway runs. */
import { Access, alone } from '../access/access.ts';
import { BatchingKeyLoader } from '../access/batching-key-loader.ts';
import { DeletedKeyAttempts } from '../access/deleted-key-attempts.ts';
import { FleetRateLimits } from '../access/fleet-rate-limits.ts';
import { RateLimits } from '../access/rate-limits.ts';
import { startDemoUpstream } from '../demo/demo-upstream.ts';
import { openChannelKeys, openProxyAuth } from '../management/channels/sealed-keys.ts';
import { BodyThread } from '../model-api/body-thread.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { diskOf } from '../platform/disk.ts';
import { asHalleyError } from '../platform/errors.ts';
import { systemRandom as random } from '../platform/random.ts';
import { AccessRevocation } from '../revocation/access-revocation.ts';
import { createNode, fleetFigures } from '../revocation/create-node.ts';
import { PendingRevocations } from '../revocation/pending-revocations.ts';
import type { OpenedStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { createUpstreams } from '../upstreams/registry.ts';
import type { RestoreProtection } from './protect-restores.ts';
import { type AssemblyOptions, startLedger } from './start-ledger.ts';

/** Creates them in the order of their dependencies. */
export async function startRooms(
  options: AssemblyOptions,
  { store, secrets, shared }: OpenedStore,
  protection: RestoreProtection,
) {
  const { settings, log } = options;
  const demo = startDemoUpstream({ chunkMs: settings.demo.chunk_ms });
  const upstreams = await createUpstreams({
    store,
    settings: settings.upstreams,
    openKeys: ({ sealedKeys }) => openChannelKeys(secrets, sealedKeys),
    openProxyAuth: ({ sealedProxyAuth }) => openProxyAuth(secrets, sealedProxyAuth),
    clock,
    random,
    log,
    demoOrigin: () => demo.origin(),
  });
  const member =
    shared &&
    createNode({ shared, clock, leaseMs: settings.fleet.lease_ms, log, metrics: () => metrics.fleet });
  const access = new Access({
    store: {
      findKeyByDigest: shared ? readerOf(store) : (digest) => store.findKeyByDigest(digest),
      findKeyById: (id) => store.findKeyById(id),
    },
    clock,
    onUnknownKey: (digest, clientAddress) => attempts.note(digest, clientAddress),
    lease: member ?? alone,
    mode: settings.admission.mode,
    recordsMax: settings.keys.cache_max,
    selectableGroups: settings.groups.selectable,
    inFlight: settings.revocation.in_flight,
  });
  const attempts = new DeletedKeyAttempts({
    store: store.tombstones,
    clock,
    onAttempts: (count) => metrics.deletedKeyAttempts(count),
    onFailure: (error) =>
      log.warn({ error: asHalleyError(error).log }, 'requests with deleted keys could not be noted yet'),
  });
  attempts.start();
  const metrics: Metrics = createMetrics({
    requestsRunning: () => access.inFlightRequests.size,
    keysInMemory: () => access.recordsHeld,
    channels: () => upstreams.states(),
    areRestoresProtected: () => protection.isDurable,
    tombstonesQueued: () => protection.recorder.queued,
    certificateNotAfter: options.certificateNotAfter,
    dataDisk: () => diskOf(settings.data_dir),
    fleet: shared && member && fleetFigures(shared, member),
  });
  const book = await startLedger(options, store, metrics);
  const pending = new PendingRevocations({
    access,
    ledger: book.ledger,
    recorder: protection.recorder,
    node: member,
    metrics,
    clock,
  });
  const revocation = new AccessRevocation(store, pending);
  const sharedLimits = shared && new FleetRateLimits({ store: shared.rates, clock });
  const rateLimits = sharedLimits ?? new RateLimits({ clock });
  const bodyThread = new BodyThread();
  return {
    ...book,
    bodyThread,
    demo,
    upstreams,
    access,
    attempts,
    metrics,
    revocation,
    member,
    rateLimits,
    sharedLimits,
  };
}

function readerOf(store: Store): (digest: Uint8Array) => ReturnType<BatchingKeyLoader['findKeyByDigest']> {
  const reader = new BatchingKeyLoader(store, clock);
  return (digest) => reader.findKeyByDigest(digest);
}

export type Rooms = Awaited<ReturnType<typeof startRooms>>;
