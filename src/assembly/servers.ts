/** Creates the listeners, not listening yet, with their request handlers. */

import { hostname, tmpdir } from 'node:os';
import { createConsole } from '../console/console.ts';
import { carrierKeys } from '../domain/carrier-keys.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import { createHealthEndpoints, createOpenMetrics } from '../health/health-endpoints.ts';
import { BodyBudget, bodyBudgetOf } from '../http/body-budget.ts';
import type { FollowedCertificate } from '../http/certificate.ts';
import { createCrossOrigin } from '../http/cross-origin.ts';
import type { Exchange } from '../http/exchange.ts';
import { Spool } from '../http/multipart/spool.ts';
import { createHttpServer } from '../http/server.ts';
import { modelTypeOf } from '../ledger/price-list.ts';
import { channelsPort } from '../management/channels/port.ts';
import { clusterPort } from '../management/fleet/port.ts';
import { createManagement, isManagementPath } from '../management/management.ts';
import { LeakReports } from '../management/tokens/leak-reports.ts';
import { createModelApi } from '../model-api/model-api.ts';
import { mergeMetrics } from '../observe/merge-metrics.ts';
import { createObserver } from '../observe/request-observer.ts';
import { isModelPath } from '../operations/match.ts';
import { isSocketPath } from '../operations/realtime.ts';
import { builtPages, builtSite } from '../platform/built-pages.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { systemRandom as random } from '../platform/random.ts';
import type { EffectiveSetting } from '../platform/settings/load.ts';
import { version } from '../platform/version.ts';
import type { UploadOptions } from '../relay/body-intake.ts';
import { CommitTimeouts } from '../relay/commit-timeouts.ts';
import { ContentKeeper } from '../relay/content-keeper.ts';
import { Jobs } from '../relay/jobs/jobs.ts';
import { ObjectCalls } from '../relay/objects/object-calls.ts';
import { OwnedObjects } from '../relay/objects/owned-objects.ts';
import { createRealtime } from '../relay/realtime/realtime.ts';
import { createRelay } from '../relay/relay.ts';
import type { RelayOptions } from '../relay/relay-options.ts';
import { Retention } from '../relay/retention.ts';
import type { SoundLength } from '../relay/sound-length.ts';
import { UnreadResponses } from '../relay/unread-response.ts';
import type { NodeRunning } from '../revocation/running-requests.ts';
import { createSite } from '../site/site.ts';
import type { RunningSubject } from '../store/coordination.ts';
import { randomId } from '../store/node-id.ts';
import type { OpenedStore } from '../store/open-store.ts';
import type { Rooms } from './rooms.ts';
import type { AssemblyOptions } from './start-ledger.ts';

interface ServersOptions extends AssemblyOptions {
  /** Every setting, to be shown to administrators. */
  readonly effective: readonly EffectiveSetting[];
}

/** Creates the listeners with their request handlers. They do not listen yet. */
export function createServers(
  { settings, log, effective, worker }: ServersOptions,
  { store, secrets, shared }: OpenedStore,
  rooms: Rooms,
  certificate: FollowedCertificate | undefined,
  leaving: () => boolean,
) {
  const { upstreams, access, keyValues, metrics, revocation, prices, member } = rooms;
  const draining = () => server.draining;
  const bodies = bodyBudgetOf(settings.http);
  const services = { store, keyValues, revocation, clock, bodies, random, settings, secrets, log, version };
  const leaks = new LeakReports({
    ...{ store, keyValues, revocation, clock, log },
    action: settings.keys.leak_reports,
    count: (outcome, values) => metrics.leakedKeys(outcome, values),
  });
  const objects = new OwnedObjects({ store: store.objects, upstreams, share: settings.jobs.share });
  const serving = relayOptions({ settings, log }, secrets, rooms, { bodies, objects });
  const relay = createRelay(serving);
  const realtime = createRealtime({ ...serving, ...realtimeSettings(settings), secrets, random });
  const jobs = createJobs({ settings, log }, { store, secrets, shared }, rooms, serving);
  const unread = new UnreadResponses(access.unread);
  const objectCalls = new ObjectCalls({ ...serving, unread, jobBodies: rooms.bodyThread });
  const objectRetention = new Retention({
    ...{ clock, log, what: 'stored objects' },
    remove: (nowMs, limit) => store.objects.deleteExpired(nowMs, limit),
  });
  const handleManagement = createManagement({
    ...services,
    leaks,
    running: (subject) => runningOf(rooms, subject),
    noteUnknownKey: (digest, clientAddress) => rooms.attempts.note(digest, clientAddress),
    counts: metrics.management,
    settingsInForce: effective,
    recentRevocations: rooms.recentRevocations,
    draining,
    listener: () => ({
      forwarding: server.forwarding,
      plainCredentials: server.plainCredentials,
      certificateNotAfter: certificate?.current.notAfter,
    }),
    fleet: shared && clusterPort(shared, settings.fleet.lease_ms),
    prices: {
      find: (model) => prices.find(model),
      multiplierOf: (group) => prices.multiplierOf(group),
      reload: () => prices.load(),
    },
    jobs,
    channels: channelsPort(upstreams, settings.upstreams),
    modelApi: (exchange, key) => handleModels(exchange, key),
  });
  const isModels = (path: string) => isModelPath(path) && !isManagementPath(path);
  const crossOrigin = createCrossOrigin(settings.http.cors_origins, isModels);
  const isFree = (model: string) =>
    settings.ledger.unpriced === 'free' || modelTypeOf(model) === 'moderation';
  // Most models have a price, and then the list that ships need not be read.
  const isPriced = (model: string) => prices.find(model) !== undefined || isFree(model);
  const handleModels = createModelApi({
    isPriced,
    access,
    upstreams,
    ...{ compat: settings.errors.compat, hasDocs: settings.docs.enabled },
    log,
    draining,
    relay,
    realtime,
    jobs,
    objectCalls,
    crossOrigin,
  });
  const health = {
    store,
    metrics: metricsOfAll(metrics, worker),
    draining: () => draining() || leaving(),
    isServing: () => member?.status.isServing ?? true,
  };
  const handleHealth = createHealthEndpoints(health);
  const handlePages = builtPagesHandler(settings, log);
  const shell = { settings: settings.http, clock, random, log };
  const server = createHttpServer({
    ...shell,
    crossOrigin,
    certificate: certificate?.current,
    isSocketPath,
    handle: (exchange) => {
      if (isModels(exchange.path)) handleModels(exchange);
      else if (!handleHealth(exchange) && !handlePages(exchange)) void handleManagement(exchange);
    },
  });
  return {
    server,
    metricsServer: createHttpServer({ ...shell, handle: createOpenMetrics(health) }),
    services,
    leaks,
    jobs,
    objectRetention,
  };
}

/** The metrics of this process, with those of its siblings if it has any. */
function metricsOfAll({ render }: Rooms['metrics'], worker: AssemblyOptions['worker']) {
  if (!worker) return { render };
  const { link } = worker;
  link.answerWith(async () => (await render()).body);
  return {
    render: async () => {
      const [{ body, contentType }, others] = await Promise.all([render(), link.metricsOfOthers()]);
      return { body: others.length > 0 ? mergeMetrics([body, ...others]) : body, contentType };
    },
  };
}

/** Answers requests for the console and for the documentation, and says whether it was one. */
function builtPagesHandler(
  { console, docs }: AssemblyOptions['settings'],
  log: AssemblyOptions['log'],
): (exchange: Exchange) => boolean {
  const handleConsole = createConsole({ enabled: console.enabled, directory: builtPages, log });
  const handleSite = createSite({ enabled: docs.enabled, directory: builtSite, log });
  return (exchange) => handleConsole(exchange) || handleSite(exchange);
}

/** How many requests run with these keys, on each node. */
async function runningOf(
  { member, access }: Pick<Rooms, 'member' | 'access'>,
  subject: RunningSubject,
): Promise<readonly NodeRunning[]> {
  if (member) return member.running(subject);
  return [{ name: hostname(), nodeId: '', running: access.running(subject) }];
}

/** One key may fill a quarter of the disk space for uploads. */
const uploadSenders = 4;

function uploadsOf(http: AssemblyOptions['settings']['http'], sounds: SoundLength): UploadOptions {
  const spool = new Spool({ directory: http.uploads_directory || tmpdir(), random, clock });
  void spool.sweep();
  const bytesMax = http.uploads_bytes_max;
  const senderBytesMax = Math.max(http.upload_bytes_max, Math.floor(bytesMax / uploadSenders));
  return {
    bytesMax: http.upload_bytes_max,
    spool,
    budget: new BodyBudget({ bytesMax, senderBytesMax }),
    random,
    sounds,
  };
}

function realtimeSettings({ realtime, ledger }: AssemblyOptions['settings']) {
  const { idle_ms: idleMs, ping_ms: pingMs, settle_ms: settleMs } = realtime;
  return { idleMs, pingMs, settleMs, recordMs: ledger.commit_wait_ms };
}

function createJobs(
  { settings, log }: AssemblyOptions,
  { store, secrets, shared }: Pick<OpenedStore, 'store' | 'secrets' | 'shared'>,
  { access, metrics, bodyThread: jobBodies }: Rooms,
  serving: RelayOptions,
): Jobs {
  return new Jobs({
    ...serving,
    ...jobSettings(settings),
    ...{ store, secrets, random, log, jobBodies },
    unread: new UnreadResponses(access.unread),
    metrics: metrics.jobs,
    processId: shared?.identity.processId ?? randomId(random),
    isShared: shared !== undefined,
  });
}

const jobSettings = ({ jobs, public_url, upstreams }: AssemblyOptions['settings']) => ({
  share: jobs.share,
  keepDays: jobs.keep_days,
  results: jobs.results,
  publicUrl: public_url,
  allowPrivate: upstreams.allow_private,
});

/** What handles a model request from admission to settlement. */
function relayOptions(
  { settings, log }: AssemblyOptions,
  secrets: SecretRing,
  rooms: Rooms,
  { bodies, objects }: Pick<RelayOptions, 'bodies' | 'objects'>,
): RelayOptions {
  const { upstreams, ledger, access, metrics, prices, tokens, rateLimits } = rooms;
  return {
    access,
    ledger,
    prices,
    tokens,
    rateLimits,
    unpriced: settings.ledger.unpriced,
    outputTokensDefault: settings.ledger.output_tokens_default,
    loweredOutputTokensMin: settings.ledger.lowered_output_tokens_min,
    waitsForRecord: settings.ledger.durability === 'commit',
    commitTimeouts: new CommitTimeouts(clock, settings.ledger.commit_wait_ms),
    keepContent: (requestId: string, days: number, body: readonly Buffer[]) =>
      new ContentKeeper({ secrets, random, clock }, requestId, days, body),
    upstreams,
    objects,
    log,
    clock,
    observe: createObserver(log, metrics, settings.log.requests),
    trace: rooms.telemetry?.trace,
    bodyBytesMax: settings.http.body_bytes_max,
    bodyPace: {
      idleMs: settings.http.body_idle_ms,
      bytesPerSecondMin: settings.http.body_bytes_per_s_min,
    },
    bodies,
    bodyReader: rooms.bodyThread,
    uploads: uploadsOf(settings.http, rooms.sounds),
    slowClientMs: settings.http.slow_client_ms,
    heartbeatMs: settings.http.heartbeat_ms,
    attemptsMax: settings.upstreams.attempts_max,
    retryStale: settings.upstreams.retry_stale,
    channelAffinity: settings.upstreams.channel_affinity,
    finishAlone: {
      ms: settings.upstreams.finish_alone_ms,
      bytes: settings.upstreams.finish_alone_bytes,
    },
    translationPolicy: settings.upstreams.translation_policy,
    carrierKeys: () => carrierKeys(secrets),
    compat: settings.errors.compat,
    hasDocs: settings.docs.enabled,
  } satisfies RelayOptions;
}
