/**
 * Wires the rooms together and listens. The only file that knows them all; what it starts, it can stop.
 */
import { Access, alone } from './access/access.ts';
import { FleetRateLimits } from './access/fleet-rate-limits.ts';
import { KeyReader } from './access/key-reader.ts';
import { RateLimits } from './access/rate-limits.ts';
import { bodyBudgetOf } from './http/body-budget.ts';
import { createCrossOrigin } from './http/cross-origin.ts';
import { createHttpServer } from './http/server.ts';
import { Ledger } from './ledger/ledger.ts';
import { NoticeDelivery } from './ledger/notices.ts';
import { PriceBook } from './ledger/price-book.ts';
import { fillPrices } from './ledger/price-list.ts';
import { Retention } from './ledger/retention.ts';
import { TokenCounter } from './ledger/token-counter.ts';
import { channelsDoor } from './management/channels/door.ts';
import { openChannelKeys, openProxyAuth } from './management/channels/sealed-keys.ts';
import { firstStart, welcome } from './management/first-run.ts';
import { fleetDoor } from './management/fleet/door.ts';
import { createManagement, isManagementPath } from './management/management.ts';
import { createOpenMetrics, createOperations } from './management/operations.ts';
import { BodyThread } from './model-api/body-thread.ts';
import { createModelApi } from './model-api/model-api.ts';
import { isModelPath } from './model-api/router.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { createObserver } from './observe/request-observer.ts';
import { systemClock as clock } from './platform/clock.ts';
import { asHalleyError, HalleyError } from './platform/errors.ts';
import { Insistent } from './platform/insistent.ts';
import { limits } from './platform/limits.ts';
import type { Log } from './platform/log.ts';
import { once } from './platform/once.ts';
import { systemRandom as random } from './platform/random.ts';
import { repeat } from './platform/repeat.ts';
import type { Settings } from './platform/settings/schema.ts';
import { version } from './platform/version.ts';
import { ContentKeeper } from './relay/content-keeper.ts';
import { RecordWait } from './relay/record-wait.ts';
import { createRelay } from './relay/relay.ts';
import type { Confirmation } from './revocation/barriers.ts';
import { createMember, fleetFigures } from './revocation/create-member.ts';
import type { FleetMember } from './revocation/fleet-member.ts';
import { PendingRevocations, Rights } from './revocation/rights.ts';
import type { LoggedChange } from './store/coordination.ts';
import { type OpenedStore, openStore, type SharedDatabase } from './store/open-store.ts';
import type { RightsChange, Store } from './store/store.ts';
import { startDemoUpstream } from './upstreams/demo/demo-upstream.ts';
import { demoModels } from './upstreams/demo/models.ts';
import { createUpstreams } from './upstreams/registry.ts';

export interface ServeOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** Shows a person something that must not be in a log. */
  readonly print: (text: string) => void;
}

/** A running gateway. */
export interface Running {
  /** Host and port it listens on. */
  readonly address: string;
  /** Stops taking work, lets running requests finish within `shutdown.drain_ms`, and closes everything. */
  stop(): Promise<void>;
  /** Closes everything at once; what is running is ended. */
  stopNow(): Promise<void>;
}

/** The rooms that hold what changes while the gateway runs. */
async function startRooms(options: ServeOptions, { store, secrets, shared }: OpenedStore) {
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
    createMember({ shared, clock, leaseMs: settings.fleet.lease_ms, log, metrics: () => metrics.fleet });
  const access = new Access({
    store: {
      findKeyByDigest: shared ? readerOf(store) : (digest) => store.findKeyByDigest(digest),
      findKeyById: (id) => store.findKeyById(id),
    },
    clock,
    lease: member ?? alone,
    mode: settings.admission.mode,
    recordsMax: settings.keys.cache_max,
    selectableGroups: settings.groups.selectable,
    inFlight: settings.revocation.in_flight,
  });
  const metrics: Metrics = createMetrics({
    requestsRunning: () => access.flights.size,
    keysInMemory: () => access.recordsHeld,
    channels: () => upstreams.states(),
    fleet: shared && member && fleetFigures(shared, member),
  });
  const book = await startLedger(options, store, metrics);
  const { ledger } = book;
  const revocations = new PendingRevocations(store, {
    settle: () => ledger.flush(),
    evict: (change) => access.evict(change),
    enforce: (change) => enforce(change, access, ledger, metrics),
    confirm: (seq) => (member ? member.confirmed(seq) : Promise.reject(new Error('there is no fleet'))),
  });
  const sharedLimits = shared && new FleetRateLimits({ store: shared.rates, clock });
  const rateLimits = sharedLimits ?? new RateLimits({ clock });
  const bodyThread = new BodyThread();
  return {
    ...book,
    bodyThread,
    demo,
    upstreams,
    access,
    metrics,
    revocations,
    member,
    rateLimits,
    sharedLimits,
  };
}

function readerOf(store: Store): (digest: Uint8Array) => ReturnType<KeyReader['findKeyByDigest']> {
  const reader = new KeyReader(store, clock);
  return (digest) => reader.findKeyByDigest(digest);
}

/** The ledger with all that it is worked with; what a crash left held is released. */
async function startLedger(
  { settings, log }: Pick<ServeOptions, 'settings' | 'log'>,
  store: Store,
  metrics: Metrics,
) {
  const { url, secret } = settings.webhook;
  const webhook = url === undefined || secret === undefined ? undefined : { url, secret };
  const released = await store.releaseReservations();
  if (released.requests > 0)
    log.warn(released, 'requests were running when this gateway ended; what they held is free');
  const filled = await store.exclusively(() => fillPrices(store, clock));
  if (filled > 0) log.info({ prices: filled }, 'the price list that ships with this version was taken over');
  const prices = new PriceBook({ store, clock });
  await prices.load();
  const notices = new NoticeDelivery({ store, clock, webhook, log, metrics });
  await notices.start();
  const ledger = new Ledger({
    store,
    clock,
    durable: settings.ledger.durability === 'commit',
    writeEveryMs: limits.ledger_write_every_ms,
    writeRestMs: settings.database.url === undefined ? 0 : limits.ledger_write_rest_ms,
    announce: (made) => notices.announce(made),
    onFailure: (error) => log.error({ error: asHalleyError(error).log }, 'records could not be written yet'),
    onRefused: ({ record }, error) =>
      log.error({ ...record, detail: undefined, error: String(error) }, 'a record was refused and is lost'),
  });
  return {
    ledger,
    prices,
    notices,
    retention: new Retention({ store, clock, recordsDays: settings.ledger.records_days, log }),
    tokens: new TokenCounter(),
  };
}

type Rooms = Awaited<ReturnType<typeof startRooms>>;

/** Joins the fleet: from then on this node follows what others change, and may serve. */
async function joinFleet(
  { settings, log }: ServeOptions,
  { store }: OpenedStore,
  shared: SharedDatabase,
  member: FleetMember,
  { access, ledger, metrics, upstreams, prices }: Rooms,
) {
  const failed = (what: string) => (error: unknown) =>
    log.warn({ error: asHalleyError(error).log }, `not possible yet: ${what}`);
  const channels = new Insistent(clock, () => upstreams.reload(), failed('reading the channels anew'));
  const priceBook = new Insistent(clock, () => prices.load(), failed('reading the prices anew'));
  await member.start({
    evict: (change) => {
      if (change.kind === 'channels') channels.ask();
      else if (change.kind === 'prices') priceBook.ask();
      else access.evict(change);
    },
    enforce: (change: LoggedChange) =>
      change.kind === 'channels' || change.kind === 'prices'
        ? Promise.resolve(false)
        : access.enforce(change),
    settle: () => ledger.flush(),
    forget: () => {
      access.forget();
      channels.ask();
      priceBook.ask();
    },
    endAll: (withinMs) =>
      access.endAll(new HalleyError('store_unavailable', { log: 'the lease has lapsed' }), withinMs),
  });
  const background = [
    repeat(
      clock,
      limits.cache_truth_every_ms,
      async () => {
        const settled = () => member.followed();
        const { checked, wrong } = await access.checkMemory(store, settled, limits.cache_truth_records);
        metrics.fleet?.cacheTruth(checked, wrong);
        if (wrong > 0) log.error({ wrong }, 'memory held keys that the database says otherwise of');
      },
      failed('comparing memory with the database'),
    ),
    repeat(
      clock,
      limits.lost_reservations_every_ms,
      async () => {
        const released = await shared.releaseLost();
        if (released.requests > 0) log.warn(released, 'what requests of lost nodes held is free');
      },
      failed('freeing what lost nodes hold'),
    ),
  ];
  log.info({ node: shared.identity.name, lease_ms: settings.fleet.lease_ms }, 'joined the fleet');
  return async () => {
    for (const each of [channels, priceBook]) each.stop();
    await Promise.all(background.map((each) => each.stop()));
    await member.stop();
  };
}

/** The listeners, not listening yet, with the rooms behind them. */
function createServers(
  { settings, log }: ServeOptions,
  { store, secrets, shared }: OpenedStore,
  rooms: Rooms,
  leaving: () => boolean,
) {
  const { upstreams, ledger, access, metrics, revocations, prices, tokens, rateLimits, member } = rooms;
  const draining = () => server.draining;
  const rightsTelling = (tell: (confirmation: Confirmation) => void) => new Rights(store, revocations, tell);
  const bodies = bodyBudgetOf(settings.http);
  const services = { store, rightsTelling, clock, bodies, random, settings, secrets, log, version };
  const handleManagement = createManagement({
    ...services,
    draining,
    forwarding: () => server.forwarding,
    fleet: shared && fleetDoor(shared, settings.fleet.lease_ms),
    prices: {
      find: (model) => prices.find(model),
      multiplierOf: (group) => prices.multiplierOf(group),
      reload: () => prices.load(),
    },
    channels: channelsDoor(upstreams, settings.upstreams),
  });
  const { compat } = settings.errors;
  const relay = createRelay({
    access,
    ledger,
    prices,
    tokens,
    rateLimits,
    unpriced: settings.ledger.unpriced,
    outputTokensDefault: settings.ledger.output_tokens_default,
    waitsForRecord: settings.ledger.durability === 'commit',
    recordWait: new RecordWait(clock, settings.ledger.commit_wait_ms),
    keepContent: (requestId, days) => new ContentKeeper({ secrets, random, clock }, requestId, days),
    upstreams,
    clock,
    observe: createObserver(log, metrics, settings.log.requests),
    bodyBytesMax: settings.http.body_bytes_max,
    bodyPace: {
      idleMs: settings.http.body_idle_ms,
      bytesPerSecondMin: settings.http.body_bytes_per_s_min,
    },
    bodies,
    bodyReader: rooms.bodyThread,
    slowClientMs: settings.http.slow_client_ms,
    attemptsMax: settings.upstreams.attempts_max,
    retryStale: settings.upstreams.retry_stale,
    compat,
  });
  const isModels = (path: string) => isModelPath(path) && !isManagementPath(path);
  const crossOrigin = createCrossOrigin(settings.http.cors_origins, isModels);
  const handleModels = createModelApi({ access, upstreams, compat, log, draining, relay, crossOrigin });
  const isServing = () => member?.status.isServing ?? true;
  const operations = { store, metrics, draining: () => draining() || leaving(), isServing };
  const handleOperations = createOperations(operations);
  const shell = { settings: settings.http, clock, random, log };
  const server = createHttpServer({
    ...shell,
    crossOrigin,
    handle: (exchange) => {
      if (isModels(exchange.path)) handleModels(exchange);
      else if (!handleOperations(exchange)) void handleManagement(exchange);
    },
  });
  return {
    server,
    metricsServer: createHttpServer({ ...shell, handle: createOpenMetrics(operations) }),
    services,
  };
}

/**
 * Starts the gateway, on an embedded database in the data directory or as a node of a fleet.
 * @throws HalleyError, with a message for the operator, when the directory or the database cannot be used
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { settings, log } = options;
  const onLost = (error: Error) => log.warn({ error: error.message }, 'a connection to the database broke');
  const data = await openStore({ settings, clock, random, onLost });
  const begun = [data.close];
  try {
    return await start(options, data, begun);
  } catch (error) {
    // What stays open keeps this process from ending, and other nodes would wait for its lease.
    for (const end of begun.toReversed()) await end().catch(() => undefined);
    throw error;
  }
}

/** @param begun what was begun, and how it is ended again */
async function start(
  options: ServeOptions,
  data: OpenedStore,
  begun: (() => Promise<void>)[],
): Promise<Running> {
  const { settings, log, print } = options;
  const firstRun = await data.store.exclusively(() =>
    firstStart({ store: data.store, clock, random, settings, log }),
  );
  const rooms = await startRooms(options, data);
  let leaving = false;
  const { server, metricsServer, services } = createServers(options, data, rooms, () => leaving);
  const { access, ledger, notices, retention, tokens, upstreams, demo, member, sharedLimits, bodyThread } =
    rooms;
  const leaveFleet =
    data.shared && member ? await joinFleet(options, data, data.shared, member, rooms) : undefined;
  if (leaveFleet) begun.push(leaveFleet);
  if (settings.metrics.listen !== undefined) {
    const { hostPort } = await metricsServer.listen(settings.metrics.listen);
    log.info({ address: hostPort }, 'metrics listening');
  }
  const { hostPort: address } = await server.listen(settings.listen);
  log.info({ address, version, data_dir: settings.data_dir }, 'listening');
  log.flush();
  if (firstRun.secrets) {
    const model = demoModels[0] ?? '';
    print(await welcome(services, firstRun.rootId, firstRun.secrets, `http://${address}`, model));
  } else if (!firstRun.created) print(`Halley is running at http://${address}`);

  retention.start();
  const resealing = data.startResealing(ledger, log);
  const close = once(async () => {
    const draining = new HalleyError('draining');
    await Promise.all(access.flights.all().map((flight) => flight.cut(draining, limits.last_words_ms_max)));
    await Promise.all([server.close(), metricsServer.close()]);
    const lost = await ledger.close();
    if (lost > 0) log.error({ records: lost }, 'records could not be written and are lost');
    await Promise.all([notices.stop(), retention.stop(), resealing.stop(), sharedLimits?.close()]);
    await leaveFleet?.();
    await Promise.all([tokens.close(), bodyThread.close()]);
    await upstreams.close();
    await demo.close();
    await data.close();
    log.info({}, 'stopped');
    log.flush();
  });
  return {
    address,
    stop: async () => {
      leaving = true;
      if (settings.shutdown.delay_ms > 0) {
        server.retire();
        await new Promise<void>((resolve) => void clock.after(settings.shutdown.delay_ms, resolve));
      }
      log.info({ running: access.flights.size }, 'draining');
      log.flush();
      await server.drain(settings.shutdown.drain_ms);
      await close();
    },
    stopNow: close,
  };
}

/** What follows from a change of rights, once memory is evicted: cut, charge, and count how long it took. */
async function enforce(
  change: RightsChange,
  access: Access,
  ledger: Ledger,
  metrics: Metrics,
): Promise<void> {
  const beganAt = clock.monotonic();
  await access.enforce(change);
  await ledger.flush();
  metrics.revocationDone((clock.monotonic() - beganAt) / 1000);
}
