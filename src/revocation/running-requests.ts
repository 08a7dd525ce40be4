/** Asks every node how many requests run with some keys. A node that does not answer in time is named. */
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type {
  Coordination,
  NodeRow,
  RunningAnswer,
  RunningCount,
  RunningQuestion,
  RunningSubject,
} from '../store/coordination.ts';

/** What runs on one node with the asked-for keys; undefined = it did not answer. */
export interface NodeRunning extends Pick<NodeRow, 'name' | 'nodeId'> {
  readonly running: RunningCount | undefined;
}

export interface RunningRequestsOptions {
  readonly coordination: Pick<Coordination, 'listNodes' | 'ask' | 'answer'>;
  readonly clock: Clock;
  readonly processId: string;
  /** The registration of this node; undefined = it has none. */
  readonly incarnation: () => number | undefined;
  /** Counts the running requests on this node. */
  readonly count: (subject: RunningSubject) => RunningCount;
}

interface Asked {
  readonly answers: Map<number, RunningCount>;
  /** Resolves when everybody has answered. */
  readonly done: PromiseWithResolvers<void>;
  /** Undefined until the members are known. */
  expected: readonly number[] | undefined;
}

export class RunningRequests {
  readonly #options: RunningRequestsOptions;
  readonly #asked = new Map<string, Asked>();
  #questions = 0;

  constructor(options: RunningRequestsOptions) {
    this.#options = options;
  }

  /** @throws HalleyError('store_unavailable') when the database cannot be asked */
  async ask(subject: RunningSubject): Promise<readonly NodeRunning[]> {
    const { coordination, clock, processId, count } = this.#options;
    this.#questions += 1;
    const id = `${processId}-${this.#questions}`;
    const asked: Asked = { answers: new Map(), done: Promise.withResolvers(), expected: undefined };
    this.#asked.set(id, asked);
    const timer = clock.after(limits.running_answer_ms, asked.done.resolve);
    try {
      const [rows] = await Promise.all([coordination.listNodes(), coordination.ask({ id, subject })]);
      const others = rows.filter((row) => row.processId !== processId);
      asked.expected = others.map(({ incarnation }) => incarnation);
      this.#check(asked);
      await asked.done.promise;
      return rows.map(({ name, nodeId, incarnation, processId: other }) => {
        const running = other === processId ? count(subject) : asked.answers.get(incarnation);
        return { name, nodeId, running };
      });
    } finally {
      timer.cancel();
      this.#asked.delete(id);
    }
  }

  #check({ expected, answers, done }: Asked): void {
    if (expected?.every((incarnation) => answers.has(incarnation))) done.resolve();
  }

  /** Another node asks. It names this one if the answer cannot be sent. */
  onAsked({ id, subject }: RunningQuestion): void {
    const { coordination, count, incarnation } = this.#options;
    const own = incarnation();
    if (own === undefined || this.#asked.has(id)) return;
    coordination.answer({ id, incarnation: own, ...count(subject) }).catch(() => undefined);
  }

  onAnswered({ id, incarnation, running, sockets }: RunningAnswer): void {
    const asked = this.#asked.get(id);
    if (!asked) return;
    asked.answers.set(incarnation, { running, sockets });
    this.#check(asked);
  }
}
