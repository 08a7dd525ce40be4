/** An upstream's answer on its way to the client: read for usage, kept where asked for, let through by its gate. */
import type { ContentKeeper } from './content-keeper.ts';
import type { AnswerForm, AnswerGate, AnswerReport, Operation, UsageReader } from './protocols/protocol.ts';

/** Of an answer that nothing is known of. */
export const noReport: AnswerReport = { usage: undefined, outputMissing: false, responseId: '' };

export interface PassageOptions {
  readonly operation: Operation;
  readonly form: AnswerForm;
  /** Whether the answer is one that can be charged. */
  readonly success: boolean;
  /** Whether the report of usage was asked for by the gateway alone. */
  readonly hidesUsage: boolean;
  readonly content: ContentKeeper | undefined;
}

export class Passage {
  readonly #usage: UsageReader | undefined;
  readonly #gate: AnswerGate;
  readonly #content: ContentKeeper | undefined;
  /** What came from the upstream in this turn. */
  readonly #arrived: Buffer[] = [];
  #bytes = 0;
  #text: string | undefined;

  constructor({ operation, form, success, hidesUsage, content }: PassageOptions) {
    this.#usage = success ? operation.protocol.usageReader(form) : undefined;
    this.#gate = operation.gate(form, hidesUsage);
    this.#content = content;
  }

  /** @returns whether it is the first piece since `take` */
  push(piece: Buffer): boolean {
    return this.#arrived.push(piece) === 1;
  }

  /**
   * All that arrived in one turn, as one: an upstream's many small pieces would each cost a write.
   * @returns what of it the client may have now; undefined = nothing
   */
  take(): Buffer | undefined {
    const [first] = this.#arrived;
    if (!first) return undefined;
    const all = this.#arrived.length === 1 ? first : Buffer.concat(this.#arrived);
    this.#arrived.length = 0;
    this.#bytes += all.length;
    this.#usage?.push(all);
    this.#content?.answer(all);
    return this.#gate.push(all);
  }

  /** What was kept back, for when the record is written. */
  rest(): Buffer | undefined {
    return this.#gate.rest();
  }

  /** Whether the upstream has said that the answer is complete. */
  get ended(): boolean {
    return this.#gate.ended;
  }

  /** Bytes of an answer that can be charged. */
  get bytes(): number {
    return this.#usage ? this.#bytes : 0;
  }

  /** To be called once, at the end. */
  report(complete: boolean): AnswerReport {
    return this.#usage?.finish(complete) ?? noReport;
  }

  /** The output, after `report`. */
  outputText(): string {
    this.#text ??= this.#usage?.outputText() ?? '';
    return this.#text;
  }
}
