/** What the settings mean for workers: how many there are, and what each of them uses. */
import { availableParallelism, hostname } from 'node:os';
import type { Settings } from './schema.ts';

/** How many workers the settings ask for. SQLite has one process. */
export function workersOf(
  { server, database }: Pick<Settings, 'server' | 'database'>,
  cores: number = availableParallelism(),
): number {
  if (server.workers !== 'auto') return server.workers;
  return database.url === undefined ? 1 : cores;
}

/**
 * What one of several workers uses: its share of the limits of the machine, and a name of its own. A share is never
 * smaller than one body, so that every worker accepts what one process would accept.
 */
export function settingsOfWorker(settings: Settings, number: number): Settings {
  const workers = workersOf(settings);
  if (workers === 1) return settings;
  const { http, fleet } = settings;
  const share = (bytes: number, least: number) => Math.max(least, Math.floor(bytes / workers));
  return {
    ...settings,
    http: {
      ...http,
      bodies_bytes_max: share(http.bodies_bytes_max, http.body_bytes_max),
      sender_bodies_bytes_max: share(http.sender_bodies_bytes_max, http.body_bytes_max),
      uploads_bytes_max: share(http.uploads_bytes_max, http.upload_bytes_max),
      connections_max: Math.ceil(http.connections_max / workers),
    },
    fleet: { ...fleet, node_name: `${fleet.node_name ?? hostname().slice(0, 60)}/${number}` },
  };
}
