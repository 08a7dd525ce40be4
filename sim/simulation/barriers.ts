/** What a process waits for after a change that it made: `src/revocation/barriers.ts` under simulated time. */
import {
  type Barrier,
  isPassed,
  noteAcknowledged,
  observeMembers,
  openBarrier,
  unresponsive,
} from '../../src/revocation/barrier-core.ts';
import { send } from './network.ts';
import type { Process } from './process.ts';

interface Waiting {
  readonly barrier: Barrier;
  readonly done: () => void;
  isAsking: boolean;
}

/** How often the nodes are asked for, in milliseconds. */
export const pollMs = 100;

export class Barriers {
  readonly #process: Process;
  readonly #waiting = new Set<Waiting>();
  /** What is being noted as confirmed. */
  readonly confirming: number[] = [];

  constructor(process: Process) {
    this.#process = process;
  }

  /** Calls `done` when a committed change holds everywhere. */
  confirmed(seq: number, done: () => void): void {
    let missing = 2;
    let hasFollowed = false;
    const one = () => {
      missing -= 1;
      if (missing > 0) return;
      if (hasFollowed) this.#confirm(seq);
      done();
    };
    this.#wait(seq, one);
    this.#process.follow(seq, (followed) => {
      hasFollowed = followed;
      one();
    });
  }

  #confirm(seq: number): void {
    const { database } = this.#process.world;
    const { server = '' } = this.#process.state;
    this.confirming.push(seq);
    const end = () => this.confirming.splice(this.confirming.indexOf(seq), 1);
    send(this.#process, 'confirm', () => database.confirm(seq, server), end, end);
  }

  /** One commit never asks twice for the same place here, so that there is nothing to be waited for together. */
  #wait(seq: number, done: () => void): void {
    const barrier = openBarrier(seq, this.#process.machine.instant().monotonic);
    const waiting: Waiting = { barrier, done, isAsking: true };
    this.#waiting.add(waiting);
    this.#look(waiting);
  }

  /** Whether acknowledgements are awaited. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  acknowledged(incarnation: number, seq: number): void {
    for (const waiting of [...this.#waiting]) {
      noteAcknowledged(waiting.barrier, incarnation, seq);
      this.#judge(waiting);
    }
  }

  #look(waiting: Waiting): void {
    const { world, processId, machine } = this.#process;
    this.#arm(waiting);
    const end = () => {
      waiting.isAsking = false;
      this.#judge(waiting);
    };
    send(
      this.#process,
      'list',
      () => world.database.listNodes(),
      (rows) => {
        observeMembers(waiting.barrier, rows, processId, machine.instant().monotonic);
        end();
      },
      end,
    );
  }

  #arm(waiting: Waiting): void {
    this.#process.after(pollMs, 'poll', () => {
      if (this.#judge(waiting)) return;
      if (waiting.isAsking) this.#arm(waiting);
      else {
        waiting.isAsking = true;
        this.#look(waiting);
      }
    });
  }

  #judge(waiting: Waiting): boolean {
    const { barrier } = waiting;
    if (!this.#waiting.has(waiting)) return true;
    const { machine, world } = this.#process;
    if (!isPassed(barrier, machine.instant().monotonic, world.mix.leaseMs)) return false;
    this.#waiting.delete(waiting);
    const silent = barrier.waitingFor?.length ?? 0;
    if (world.trace)
      world.note(machine, `change ${barrier.seq} holds everywhere, ${silent} nodes are silent`);
    if (silent > 0) this.#expelLater(barrier);
    waiting.done();
    return true;
  }

  #expelLater(barrier: Barrier): void {
    const { machine, world } = this.#process;
    const silent = unresponsive(barrier, machine.instant().monotonic, world.mix.leaseMs);
    const nothing = () => undefined;
    if (silent) send(this.#process, 'expel', () => world.database.expel(silent), nothing, nothing);
    else this.#process.after(pollMs, 'expel later', () => this.#expelLater(barrier));
  }
}
