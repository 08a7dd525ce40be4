/** Waits for a moment in which a listening socket can be closed without resetting a connection. */
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

/** A connection may come between the check and the end of the turn, so the turn must be short. */
const quietTurnMs = 0.1;

/**
 * Resolves after a turn of the event loop in which no connection came, or after `limits.quiet_turn_wait_ms`.
 * @param accepted number of connections since the start
 */
export async function quietTurn(accepted: () => number, clock: Clock): Promise<void> {
  const beganAt = clock.monotonic();
  for (;;) {
    const [before, turnedAt] = [accepted(), clock.monotonic()];
    await new Promise<void>((resolve) => clock.soon(resolve));
    const now = clock.monotonic();
    if (accepted() === before && now - turnedAt < quietTurnMs) return;
    if (now - beganAt > limits.quiet_turn_wait_ms) return;
  }
}
