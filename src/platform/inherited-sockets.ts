/** Finds the listening sockets that a service manager passed to this process (systemd's sd_listen_fds(3)). */
import { SettingsError } from './settings/load.ts';

/** File descriptors of listening sockets that outlive this process. */
export interface InheritedSockets {
  /** Replaces the setting `listen`. */
  readonly main: number | undefined;
  /** Replaces the setting `metrics.listen`. */
  readonly metrics: number | undefined;
}

/** SD_LISTEN_FDS_START. */
const firstFd = 3;

/** The name of a socket (FileDescriptorName=) that serves only /metrics. */
const metricsSocketName = 'metrics';

const none: InheritedSockets = { main: undefined, metrics: undefined };

/**
 * @param pid id of this process; sockets for another process are ignored
 * @throws SettingsError unless there is exactly one main socket and at most one for metrics
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
