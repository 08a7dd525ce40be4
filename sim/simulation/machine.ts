/** The machine of a node: its clocks and its connection to the database. */
import type { Instant } from '../../src/revocation/lease.ts';
import { Process } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Largest clock drift, just within what `src/revocation/lease.ts` allows. */
const driftMax = 0.0099;

/** Prefers the bounds, since faults of clocks show there first. */
function drawRate(random: Random): number {
  return random.chance(0.5)
    ? random.pick([1 - driftMax, 1 + driftMax])
    : random.between(1 - driftMax, 1 + driftMax);
}

export class Machine {
  readonly world: World;
  readonly index: number;
  readonly nodeId: string;
  /** Until then, messages to and from the database are held. */
  requestsHeldUntil = 0;
  answersHeldUntil = 0;
  /** Whether held messages are lost or delivered later. */
  loses = false;
  process: Process | undefined;
  /** Undefined while the machine runs. */
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

  /** Converts milliseconds of the machine's clock to true milliseconds. */
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
