/** Passes a worker's question for metrics to the other workers, and their answers back. */
import type { Clock, Timer } from '../../platform/clock.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker that hangs must not keep the metrics of the others from Prometheus. */
const answerMsMax = 2000;

interface Question {
  readonly waitingFor: Set<WorkerProcess>;
  readonly texts: string[];
  readonly done: (texts: readonly string[]) => void;
  readonly timer: Timer;
}

export class MetricsRelay {
  readonly #clock: Clock;
  readonly #questions = new Map<number, Question>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param done called once, with what has been answered in time */
  ask(workers: readonly WorkerProcess[], done: (texts: readonly string[]) => void): void {
    this.#lastId += 1;
    const id = this.#lastId;
    const timer = this.#clock.after(answerMsMax, () => this.#end(id));
    this.#questions.set(id, { waitingFor: new Set(workers), texts: [], done, timer });
    for (const worker of workers) worker.send({ do: 'ask', id });
    if (workers.length === 0) this.#end(id);
  }

  onAnswer(worker: WorkerProcess, id: number, text: string): void {
    const question = this.#questions.get(id);
    if (!question?.waitingFor.delete(worker)) return;
    question.texts.push(text);
    if (question.waitingFor.size === 0) this.#end(id);
  }

  /** A worker that has ended answers nothing. */
  onEnded(worker: WorkerProcess): void {
    for (const [id, { waitingFor }] of this.#questions) {
      if (waitingFor.delete(worker) && waitingFor.size === 0) this.#end(id);
    }
  }

  #end(id: number): void {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    question?.timer.cancel();
    question?.done(question.texts);
  }
}
