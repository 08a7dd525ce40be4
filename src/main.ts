/** Wires all components together and listens; stops everything that it started. */

import { joinFleet } from './assembly/join-fleet.ts';
import { protectRestores, type RestoreProtection } from './assembly/protect-restores.ts';
import { type Rooms, startRooms } from './assembly/rooms.ts';
import { createServers } from './assembly/servers.ts';
import { startFailure } from './assembly/start-failure.ts';
import type { Worker } from './assembly/start-ledger.ts';
import { demoModels } from './demo/models.ts';
import { gatewayOrigin } from './domain/audit.ts';
import { FollowedCertificate } from './http/certificate.ts';
import type { ListenPlace } from './http/listener.ts';
import { firstStart, welcome } from './management/first-run.ts';
import { handOver, setupLink } from './management/setup-link.ts';
import { systemClock as clock } from './platform/clock.ts';
import { HalleyError } from './platform/errors.ts';
import type { InheritedSockets } from './platform/inherited-sockets.ts';
import { limits } from './platform/limits.ts';
import type { Log } from './platform/log.ts';
import { once } from './platform/once.ts';
import { systemRandom as random } from './platform/random.ts';
import type { EffectiveSetting } from './platform/settings/load.ts';
import type { Settings } from './platform/settings/schema.ts';
import { version } from './platform/version.ts';
import { type OpenedStore, openStore } from './store/open-store.ts';

export interface ServeOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** Shows a person something that must not be in a log. */
  readonly print: (text: string) => void;
  /** Whether what is printed is shown on a terminal, and kept nowhere. */
  readonly isTerminal: boolean;
  /** What a person types to run the command line. */
  readonly command: string;
  /** Every setting, to be shown to administrators. */
  readonly effective: readonly EffectiveSetting[];
  /** Sockets to listen on in place of the settings' addresses; they stay open when this process ends. */
  readonly sockets?: InheritedSockets | undefined;
  /** Undefined = this process has no parent that passes connections to it. */
  readonly worker?: Worker | undefined;
}

/** A running gateway. */
export interface Running {
  /** Host and port it listens on. */
  readonly address: string;
  /** Stops taking work, lets running requests finish within `shutdown.drain_ms`, and closes everything. */
  stop(): Promise<void>;
  /** Reads the certificate anew, if there is one. */
  reload(): void;
  /** Closes everything at once; what is running is ended. */
  stopNow(): Promise<void>;
}

/**
 * Starts the gateway, on an embedded database in the data directory or as a node of a fleet.
 * @throws HalleyError, with a message for the operator, when the directory or the database cannot be used
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { settings, log } = options;
  const onLost = (error: Error) => log.warn({ error: error.message }, 'a connection to the database broke');
  const begun: (() => Promise<void>)[] = [];
  try {
    const certificate = certificateOf(options);
    const worker = options.worker?.place.number;
    const data = await openStore({ settings, clock, random, onLost, worker });
    begun.push(data.close);
    return await start(options, data, begun, certificate);
  } catch (error) {
    // What stays open keeps this process from ending, and other nodes would wait for its lease.
    for (const end of begun.toReversed()) await end().catch(() => undefined);
    throw startFailure(error, settings);
  }
}

function certificateOf({ settings: { tls }, log }: ServeOptions): FollowedCertificate | undefined {
  if (tls.cert_path === undefined || tls.key_path === undefined) return undefined;
  return new FollowedCertificate({ paths: { cert: tls.cert_path, key: tls.key_path }, clock, log });
}

/** @param begun what was begun, and how it is ended again */
async function start(
  options: ServeOptions,
  data: OpenedStore,
  begun: (() => Promise<void>)[],
  certificate: FollowedCertificate | undefined,
): Promise<Running> {
  const { settings, log, print, command, worker } = options;
  const { listenAt, metricsAt } = placesOf(options);
  const announces = worker?.place.announces ?? true;
  const firstRun = await data.store.withLock(() =>
    firstStart({ store: data.store, clock, random, settings, log, listenAt, metricsAt, announces }),
  );
  const protection = await protectRestores(options, data);
  begun.push(protection.close);
  const rooms = await startRooms(
    { settings, log, worker, certificateNotAfter: () => certificate?.current.notAfter },
    data,
    protection,
  );
  let leaving = false;
  const servers = createServers(options, data, rooms, certificate, () => leaving);
  const { server, metricsServer, services } = servers;
  const { access, retention, member } = rooms;
  const leaveFleet =
    data.shared && member
      ? await joinFleet(options, data, data.shared, member, rooms, protection)
      : undefined;
  if (leaveFleet) begun.push(leaveFleet);
  if (metricsAt !== undefined) {
    const { hostPort } = await metricsServer.listen(metricsAt);
    log.info({ address: hostPort }, 'metrics listening');
  }
  await rooms.receipts.start();
  await servers.jobs.start();
  servers.objectRetention.start();
  const { hostPort: address } = await server.listen(listenAt);
  certificate?.follow((next) => server.setCertificate(next));
  log.info({ address, version, data_dir: settings.data_dir }, 'listening');
  log.flush();
  const url = settings.public_url ?? `${certificate ? 'https' : 'http'}://${address}`;
  const { rootId, secrets, setupCode } = firstRun;
  const link = announces
    ? handOver(setupCode && setupLink(url, setupCode), {
        dataDir: settings.data_dir,
        isTerminal: options.isTerminal,
      })
    : '';
  if (secrets) {
    const maker = { ...services, accessChanges: rooms.revocation(gatewayOrigin) };
    print(await welcome(maker, rootId, secrets, { url, model: demoModels[0] ?? '', link, command }));
  } else if (!firstRun.created && announces) print(`Halley is running at ${url}${link && `\n${link}`}`);

  retention.start();
  const resealing = data.startResealing(rooms.ledger, log);
  worker?.link.serving();
  const close = once(() =>
    closeAll({ servers, rooms, data, protection, certificate, leaveFleet, resealing, log }),
  );
  return {
    address,
    stop: async () => {
      leaving = true;
      const { delay_ms } = settings.shutdown;
      if (delay_ms > 0 || typeof listenAt !== 'string') {
        server.retire();
        if (delay_ms > 0) await new Promise<void>((resolve) => void clock.after(delay_ms, resolve));
        await server.stopAccepting();
      }
      log.info({ running: access.inFlightRequests.size }, 'draining');
      log.flush();
      await server.drain(settings.shutdown.drain_ms);
      await close();
    },
    reload: () => certificate?.reload(),
    stopNow: close,
  };
}

/** Where this process gets its connections from. */
function placesOf({ settings, sockets, worker }: ServeOptions): {
  readonly listenAt: ListenPlace;
  readonly metricsAt: ListenPlace | undefined;
} {
  if (!worker) {
    return {
      listenAt: sockets?.main ?? settings.listen,
      metricsAt: sockets?.metrics ?? settings.metrics.listen,
    };
  }
  const { link, place } = worker;
  return {
    listenAt: link.source('main'),
    metricsAt: place.hasMetricsSocket ? link.source('metrics') : undefined,
  };
}

interface Closing {
  readonly servers: ReturnType<typeof createServers>;
  readonly rooms: Rooms;
  readonly data: OpenedStore;
  readonly protection: RestoreProtection;
  readonly certificate: FollowedCertificate | undefined;
  readonly leaveFleet: (() => Promise<void>) | undefined;
  readonly resealing: { stop(): Promise<void> };
  readonly log: Log;
}

/** Ends what runs and closes everything, in the order in which each needs the others. */
async function closeAll({
  servers,
  rooms,
  data,
  protection,
  certificate,
  leaveFleet,
  resealing,
  log,
}: Closing) {
  const { access, attempts, ledger, notices, retention, sharedLimits } = rooms;
  const draining = new HalleyError('draining');
  await Promise.all(
    access.inFlightRequests.all().map((flight) => flight.abort(draining, limits.last_words_ms_max)),
  );
  await Promise.all([servers.server.close(), servers.metricsServer.close()]);
  await servers.leaks.stop();
  await servers.jobs.stop();
  await servers.objectRetention.stop();
  await rooms.receipts.stop();
  const lost = await ledger.close();
  if (lost > 0) log.error({ records: lost }, 'records could not be written and are lost');
  await Promise.all([
    attempts.stop(),
    notices.stop(),
    retention.stop(),
    resealing.stop(),
    sharedLimits?.close(),
  ]);
  await certificate?.stop();
  await leaveFleet?.();
  await protection.close();
  await Promise.all([rooms.tokens.close(), rooms.bodyThread.close(), rooms.sounds.close()]);
  await rooms.telemetry?.close();
  await rooms.upstreams.close();
  await rooms.demo.close();
  await data.close();
  log.info({}, 'stopped');
  log.flush();
}
