/** Handles messages one after the other, also where one takes time. It holds what a paused socket still hands over. */
export class Lane<Message> {
  readonly #handle: (message: Message) => Promise<void> | undefined;
  readonly #pause: () => void;
  readonly #resume: () => void;
  readonly #waiting: Message[] = [];
  #isBusy = false;

  /**
   * @param handle never rejects; returns a promise when it takes time
   * @param source paused meanwhile
   */
  constructor(
    handle: (message: Message) => Promise<void> | undefined,
    source: { pause(): void; resume(): void },
  ) {
    this.#handle = handle;
    const pause = () => source.pause();
    const resume = () => source.resume();
    this.#pause = pause;
    this.#resume = resume;
  }

  push(message: Message): void {
    this.#waiting.push(message);
    if (!this.#isBusy) this.#run();
  }

  #run(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const taking = this.#handle(next);
      if (!taking) continue;
      this.#isBusy = true;
      this.#pause();
      void taking.then(() => {
        this.#isBusy = false;
        this.#resume();
        this.#run();
      });
      return;
    }
  }
}
