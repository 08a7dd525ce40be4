/** Creates the listeners, not listening yet, with their request handlers. */

import { carrierKeys } from '../domain/carrier-keys.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import { createHealthEndpoints, createOpenMetrics } from '../health/health-endpoints.ts';
import { type BodyBudget, bodyBudgetOf } from '../http/body-budget.ts';
import type { FollowedCertificate } from '../http/certificate.ts';
import { createCrossOrigin } from '../http/cross-origin.ts';
import { createHttpServer } from '../http/server.ts';
import { channelsPort } from '../management/channels/port.ts';
import { clusterPort } from '../management/fleet/port.ts';
import { createManagement, isManagementPath } from '../management/management.ts';
import { LeakReports } from '../management/tokens/leak-reports.ts';
import { createModelApi } from '../model-api/model-api.ts';
import { createObserver } from '../observe/request-observer.ts';
import { isModelPath } from '../operations/match.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { systemRandom as random } from '../platform/random.ts';
import { version } from '../platform/version.ts';
import { CommitTimeouts } from '../relay/commit-timeouts.ts';
import { ContentKeeper } from '../relay/content-keeper.ts';
import { createRelay } from '../relay/relay.ts';
import type { OpenedStore } from '../store/open-store.ts';
import type { Rooms } from './rooms.ts';
import type { AssemblyOptions } from './start-ledger.ts';

/** Creates the listeners with their request handlers. They do not listen yet. */
export function createServers(
  { settings, log }: AssemblyOptions,
  { store, secrets, shared }: OpenedStore,
  rooms: Rooms,
  certificate: FollowedCertificate | undefined,
  leaving: () => boolean,
) {
  const { upstreams, access, metrics, revocation, prices, member } = rooms;
  const draining = () => server.draining;
  const bodies = bodyBudgetOf(settings.http);
  const services = { store, revocation, clock, bodies, random, settings, secrets, log, version };
  const leaks = new LeakReports({
    store,
    revocation,
    clock,
    log,
    action: settings.keys.leak_reports,
    count: (outcome, values) => metrics.leakedKeys(outcome, values),
  });
  const handleManagement = createManagement({
    ...services,
    leaks,
    noteUnknownKey: (digest, clientAddress) => rooms.attempts.note(digest, clientAddress),
    counts: metrics.management,
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
    channels: channelsPort(upstreams, settings.upstreams),
  });
  const relay = createModelRelay({ settings, log }, secrets, rooms, bodies);
  const { compat } = settings.errors;
  const isModels = (path: string) => isModelPath(path) && !isManagementPath(path);
  const crossOrigin = createCrossOrigin(settings.http.cors_origins, isModels);
  const isPriced = (model: string) => settings.ledger.unpriced === 'free' || prices.find(model) !== undefined;
  const handleModels = createModelApi({
    isPriced,
    access,
    upstreams,
    compat,
    log,
    draining,
    relay,
    crossOrigin,
  });
  const isServing = () => member?.status.isServing ?? true;
  const health = { store, metrics, draining: () => draining() || leaving(), isServing };
  const handleHealth = createHealthEndpoints(health);
  const shell = { settings: settings.http, clock, random, log };
  const server = createHttpServer({
    ...shell,
    crossOrigin,
    certificate: certificate?.current,
    handle: (exchange) => {
      if (isModels(exchange.path)) handleModels(exchange);
      else if (!handleHealth(exchange)) void handleManagement(exchange);
    },
  });
  return {
    server,
    metricsServer: createHttpServer({ ...shell, handle: createOpenMetrics(health) }),
    services,
    leaks,
  };
}

/** Creates the parts that handle a model request from admission to settlement. */
function createModelRelay(
  { settings, log }: AssemblyOptions,
  secrets: SecretRing,
  rooms: Rooms,
  bodies: BodyBudget,
) {
  const { upstreams, ledger, access, metrics, prices, tokens, rateLimits } = rooms;
  return createRelay({
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
  });
}
