/** Finds the listening sockets that a service manager passed to this process (systemd's sd_listen_fds(3)). */
import { SettingsError } from './settings/load.ts';

/** File descriptors of sockets that were opened before this process began, and stay open when it ends. */
export interface InheritedSockets {
  /** In place of the setting `listen`. */
  readonly main: number | undefined;
  /** In place of the setting `metrics.listen`. */
  readonly metrics: number | undefined;
}

/** SD_LISTEN_FDS_START. */
const firstFd = 3;

/** What the name of a socket must be (FileDescriptorName=) for it to serve /metrics alone. */
export const metricsSocketName = 'metrics';

const none: InheritedSockets = { main: undefined, metrics: undefined };

/**
 * @param pid of this process: what was meant for another one is not taken
 * @throws SettingsError when the sockets passed are not one, and perhaps one for metrics
 */
export function inheritedSockets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): InheritedSockets {
  const { LISTEN_FDS: count, LISTEN_PID: meantFor, LISTEN_FDNAMES: nameList } = env;
  if (count === undefined || meantFor !== String(pid)) return none;
  const names = (nameList ?? '').split(':');
  const all = Array.from({ length: /^\d{1,4}$/.test(count) ? Number(count) : 0 }, (_, at) => ({
    fd: firstFd + at,
    isMetrics: names[at] === metricsSocketName,
  }));
  const metrics = all.filter(({ isMetrics }) => isMetrics);
  const main = all.filter(({ isMetrics }) => !isMetrics);
  if (main.length !== 1 || metrics.length > 1) {
    throw new SettingsError([
      `LISTEN_FDS: the service manager passes ${main.length} sockets to listen on and ${metrics.length} for metrics. It must pass one to listen on (one ListenStream=), and at most one more named ${metricsSocketName} (FileDescriptorName=${metricsSocketName}).`,
    ]);
  }
  return { main: main[0]?.fd, metrics: metrics[0]?.fd };
}
