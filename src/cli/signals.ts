/** Maps signals to actions: shut down gracefully, exit at once, reload the certificate. */
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

export interface SignalActions {
  /** A first SIGTERM or SIGINT, or a terminal that closes. */
  readonly end: () => void;
  /** A second one. */
  readonly endNow: () => void;
  /** SIGHUP, where there is no terminal. */
  readonly reload: () => void;
}

/**
 * A terminal sends its signal to npm and to the gateway, and npm hands it on: one that follows the first at once is a
 * copy of it.
 * @param hasTerminal whether SIGHUP says that the terminal was closed
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
  // The channel to `halley supervise`, which is gone.
  if (process.connected) process.on('disconnect', onEnd);
}
