/** Who waits until a process has followed the log to some place. */

export interface Follower {
  readonly seq: number;
  readonly done: (followed: boolean) => void;
}

export class Followers {
  #waiting: Follower[] = [];

  /** @returns undefined when there is nothing to wait for, and `done` has been called */
  add(seq: number, enforced: number, done: (followed: boolean) => void): Follower | undefined {
    if (enforced >= seq) {
      done(true);
      return undefined;
    }
    const follower = { seq, done };
    this.#waiting.push(follower);
    return follower;
  }

  giveUp(follower: Follower): void {
    if (!this.#waiting.includes(follower)) return;
    this.#waiting = this.#waiting.filter((other) => other !== follower);
    follower.done(false);
  }

  wake(enforced: number): void {
    if (this.#waiting.length === 0) return;
    const woken = this.#waiting.filter(({ seq }) => seq <= enforced);
    this.#waiting = this.#waiting.filter(({ seq }) => seq > enforced);
    for (const { done } of woken) done(true);
  }
}
