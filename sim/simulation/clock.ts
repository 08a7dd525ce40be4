/** The clock of a simulated process: the clocks of its machine, and timers in simulated time. */
import type { Clock } from '../../src/platform/clock.ts';
import type { Process } from './process.ts';

export function clockOf(process: Process): Clock {
  const { machine, world } = process;
  return {
    now: () => machine.instant().wall,
    monotonic: () => machine.instant().monotonic,
    soon: (run) => void world.after(0, 'soon', process, run),
    after(ms, run) {
      const happening = world.after(machine.trueMs(ms), 'timer', process, run);
      return {
        cancel: () => {
          happening.isCancelled = true;
        },
      };
    },
  };
}
