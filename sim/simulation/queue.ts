/** Event queue ordered by virtual time: a binary heap. */
import type { Process } from './process.ts';

export interface Happening {
  /** True time in milliseconds. */
  at: number;
  /** Events of the same time happen in the order in which they were planned. */
  order: number;
  readonly what: string;
  /**
   * The process of the event. It does not happen while the process is paused, nor after its death. Undefined for
   * events outside the processes.
   */
  readonly process: Process | undefined;
  readonly run: () => void;
  isCancelled: boolean;
}

export class Queue {
  readonly #heap: Happening[] = [];
  #planned = 0;

  plan(time: number, what: string, process: Process | undefined, run: () => void): Happening {
    this.#planned += 1;
    const happening = { at: time, order: this.#planned, what, process, run, isCancelled: false };
    this.#insert(happening);
    return happening;
  }

  /** @param happening must not be in the queue */
  planAgain(happening: Happening, time: number): void {
    this.#planned += 1;
    happening.at = time;
    happening.order = this.#planned;
    this.#insert(happening);
  }

  #insert(happening: Happening): void {
    const { at } = happening;
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Happening;
      if (parent.at <= at) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = happening;
  }

  /** Removes and returns the next event; undefined when there is none. */
  next(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  #sink(last: Happening): void {
    const heap = this.#heap;
    const size = heap.length;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= size) break;
      if (below + 1 < size && isBefore(heap[below + 1] as Happening, heap[below] as Happening)) below += 1;
      const child = heap[below] as Happening;
      if (!isBefore(child, last)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = last;
  }
}

const isBefore = (one: Happening, other: Happening) =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
