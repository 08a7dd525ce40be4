/** Creates the components that hold state while the gateway runs. */

import { hostname } from 'node:os';
import { Access, alone } from '../access/access.ts';
import { BatchingKeyLoader } from '../access/batching-key-loader.ts';
import { DeletedKeyAttempts } from '../access/deleted-key-attempts.ts';
import { FleetRateLimits } from '../access/fleet-rate-limits.ts';
import { KeyValues } from '../access/key-values.ts';
import { RateLimits } from '../access/rate-limits.ts';
import { startDemoUpstream } from '../demo/demo-upstream.ts';
import { openChannelKeys, openProxyAuth } from '../management/channels/sealed-keys.ts';
import { BodyThread } from '../model-api/body-thread.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { diskOf } from '../platform/disk.ts';
import { asHalleyError } from '../platform/errors.ts';
import { systemRandom as random } from '../platform/random.ts';
import { workersOf } from '../platform/settings/worker-settings.ts';
import { SoundLength } from '../relay/sound-length.ts';
import { AccessRevocation, type RevocationBy } from '../revocation/access-revocation.ts';
import { createNode, fleetFigures } from '../revocation/create-node.ts';
import { PendingRevocations } from '../revocation/pending-revocations.ts';
import { Receipts } from '../revocation/receipts.ts';
import type { OpenedStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry, TelemetryOptions } from '../telemetry/telemetry.ts';
import { createUpstreams } from '../upstreams/registry.ts';
import type { RestoreProtection } from './protect-restores.ts';
import { type AssemblyOptions, startLedger } from './start-ledger.ts';

function createReceipts(
  { settings, log }: AssemblyOptions,
  { store, secrets, shared }: Pick<OpenedStore, 'store' | 'secrets' | 'shared'>,
  node: ConstructorParameters<typeof Receipts>[0]['node'],
): Receipts {
  return new Receipts({
    store: store.receipts,
    secrets,
    random,
    clock,
    log,
    self: shared ? shared.identity : { name: hostname(), nodeId: '' },
    inFlight: settings.revocation.in_flight,
    openJobs: (keyIds) => store.jobs.countOpenOf(keyIds),
    node,
  });
}

/** Its packages take memory, and time to load. */
async function loadTelemetry(
  { settings, log }: AssemblyOptions,
  readMetrics: TelemetryOptions['readMetrics'],
): Promise<Telemetry> {
  const { startTelemetry } = await import('../telemetry/telemetry.ts');
  return startTelemetry({ settings, clock, log, readMetrics });
}

/** Creates them in the order of their dependencies. */
export async function startRooms(
  options: AssemblyOptions,
  { store, secrets, shared }: OpenedStore,
  protection: RestoreProtection,
) {
  const { settings, log, worker } = options;
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
  const keyValues = new KeyValues(store);
  const access = new Access({
    values: keyValues,
    store: {
      findKeyByDigest: keyLookup(store, shared !== undefined),
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
      log.warn({ error: asHalleyError(error).log }, 'requests with deleted keys could not be recorded yet'),
  });
  attempts.start();
  const { otel } = settings;
  const telemetry = otel.enabled ? await loadTelemetry(options, () => metrics.read()) : undefined;
  const metrics: Metrics = createMetrics({
    requestsRunning: () => access.inFlightRequests.size,
    keysInMemory: () => access.recordsHeld,
    channels: () => upstreams.states(),
    areRestoresProtected: () => protection.isDurable,
    tombstonesQueued: () => protection.recorder.queued,
    certificateNotAfter: options.certificateNotAfter,
    dataDisk: () => diskOf(settings.data_dir),
    jobs: { open: () => store.jobs.open(), now: () => clock.now() },
    spans: telemetry && otel.traces ? () => telemetry.spans() : undefined,
    fleet: shared && member && fleetFigures(shared, member),
    worker: workersOf(settings) > 1 ? worker?.place.number : undefined,
  });
  const book = await startLedger(options, store, metrics);
  const receipts = createReceipts(options, { store, secrets, shared }, member);
  const pending = new PendingRevocations({
    access,
    receipts,
    ledger: book.ledger,
    recorder: protection.recorder,
    node: member,
    metrics,
    clock,
  });
  const revocation: RevocationBy = (origin, listener) =>
    new AccessRevocation(store.by(origin), pending, listener);
  const sharedLimits = shared && new FleetRateLimits({ store: shared.rates, clock });
  const rateLimits = sharedLimits ?? new RateLimits({ clock });
  return {
    ...book,
    bodyThread: new BodyThread(),
    sounds: new SoundLength(),
    demo,
    upstreams,
    access,
    keyValues,
    attempts,
    metrics,
    telemetry,
    receipts,
    revocation,
    recentRevocations: pending.recent,
    member,
    rateLimits,
    sharedLimits,
  };
}

/** Over a network, lookups of one turn are sent together. */
function keyLookup(
  store: Store,
  isShared: boolean,
): (digest: Uint8Array) => ReturnType<BatchingKeyLoader['findKeyByDigest']> {
  if (!isShared) return async (digest) => (await store.findKeysByDigests([digest]))[0];
  const reader = new BatchingKeyLoader(store, clock);
  return (digest) => reader.findKeyByDigest(digest);
}

export type Rooms = Awaited<ReturnType<typeof startRooms>>;
