/** Maps signals to actions: shut down gracefully, exit at once, reload the certificate. */
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

export interface SignalActions {
  /** Called on the first SIGTERM or SIGINT, or when the terminal closes. */
  readonly end: () => void;
  /** Called on a second such signal. */
  readonly endNow: () => void;
  /** Called on SIGHUP when there is no terminal. */
  readonly reload: () => void;
}

/**
 * A terminal sends a signal to npm and to the gateway, and npm forwards it. A second signal right after the first
 * is such a copy.
 * @param hasTerminal whether SIGHUP means that the terminal closed
 */
export function handleSignals(
  { end, endNow, reload }: SignalActions,
  clock: Clock,
  hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY),
): void {
  let endedAt: number | undefined;
  const onEnd = () => {
    if (endedAt === undefined) {
      endedAt = clock.monotonic();
      end();
    } else if (clock.monotonic() - endedAt > limits.signal_copies_ms) endNow();
  };
  process.on('SIGTERM', onEnd).on('SIGINT', onEnd);
  process.on('SIGHUP', hasTerminal ? onEnd : reload);
  // The channel to `halley supervise` closes when that process ends.
  if (process.connected) process.on('disconnect', onEnd);
}
