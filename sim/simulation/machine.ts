/** A machine that a node runs on: its clocks, and its way to the database. */
import type { Instant } from '../../src/revocation/lease.ts';
import { Process } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** How far a clock may be too fast or too slow: just within what `src/revocation/lease.ts` allows for. */
const driftMax = 0.0099;

/** What goes wrong with clocks goes wrong at the bounds first. */
function drawRate(random: Random): number {
  return random.chance(0.5)
    ? random.pick([1 - driftMax, 1 + driftMax])
    : random.between(1 - driftMax, 1 + driftMax);
}

export class Machine {
  readonly world: World;
  readonly index: number;
  readonly nodeId: string;
  /** Until when what is sent to the database, or comes from it, does not get through. */
  requestsHeldUntil = 0;
  answersHeldUntil = 0;
  /** Whether what is held is lost, or gets through later. */
  loses = false;
  process: Process | undefined;
  /** Undefined as long as it runs. */
  #suspendedAt: number | undefined;
  #suspendedMs = 0;
  #steppedMs = 0;
  #starts = 0;
  readonly #rate: number;
  readonly #wallRate: number;
  readonly #origin: number;

  constructor(world: World, index: number) {
    this.world = world;
    this.index = index;
    this.nodeId = `n${index}`;
    this.#rate = drawRate(world.random);
    this.#wallRate = drawRate(world.random);
    this.#origin = world.random.below(1_000_000);
  }

  instant(): Instant {
    const { now } = this.world;
    return {
      monotonic: this.#origin + this.#rate * ((this.#suspendedAt ?? now) - this.#suspendedMs),
      wall: this.#origin + this.#wallRate * now + this.#steppedMs,
    };
  }

  /** True milliseconds that pass while the machine counts this many. */
  trueMs(ms: number): number {
    return ms / this.#rate;
  }

  suspend(): void {
    this.#suspendedAt = this.world.now;
  }

  wake(): void {
    if (this.#suspendedAt !== undefined) this.#suspendedMs += this.world.now - this.#suspendedAt;
    this.#suspendedAt = undefined;
  }

  stepWall(ms: number): void {
    this.#steppedMs += ms;
  }

  start(): void {
    if (this.process) return;
    this.#starts += 1;
    this.process = new Process(this, `p${this.index}.${this.#starts}`);
    this.process.start();
  }

  crash(): void {
    this.wake();
    this.process?.die();
    this.process = undefined;
  }
}
