/** An upstream's answer on its way to the client: read for usage, kept where asked for, let through by its gate. */
import { limits } from '../platform/limits.ts';
import type { ContentKeeper } from './content-keeper.ts';
import type { AnswerForm, AnswerGate, AnswerReport, Operation, UsageReader } from './protocols/protocol.ts';
import { RecentBytes } from './protocols/recent-bytes.ts';
import { unpacked } from './unpack.ts';

/** Of an answer that nothing is known of. */
export const noReport: AnswerReport = { usage: undefined, outputMissing: false, responseId: '' };

export interface PassageOptions {
  readonly operation: Operation;
  readonly form: AnswerForm;
  /** Whether the answer is one that can be charged. */
  readonly success: boolean;
  /** Whether the report of usage was asked for by the gateway alone. */
  readonly hidesUsage: boolean;
  /** How the answer is packed, though that was not asked for; undefined = it is not. */
  readonly packing: string | undefined;
  readonly content: ContentKeeper | undefined;
}

/** An answer without output is short, and so is the way to the error in it. */
const errorSearchBytes = 16_384;
const errorKey = Buffer.from('"error"');
const errorSaid = /"error"\s*:\s*[{"]|"type"\s*:\s*"error"/;

export class Passage {
  readonly #usage: UsageReader | undefined;
  readonly #gate: AnswerGate;
  readonly #content: ContentKeeper | undefined;
  /** What came from the upstream in this turn. */
  readonly #arrived: Buffer[] = [];
  readonly #packing: string | undefined;
  /** The newest of an answer that is packed. */
  readonly #packed: RecentBytes | undefined;
  #bytes = 0;
  #errorSeen = false;
  #text: string | undefined;

  constructor({ operation, form, success, hidesUsage, packing, content }: PassageOptions) {
    this.#usage = success ? operation.protocol.usageReader(form) : undefined;
    this.#packing = packing;
    this.#packed = packing === undefined ? undefined : new RecentBytes(limits.usage_scan_bytes_max);
    // Of what is packed nothing but the end can be told.
    this.#gate = this.#packed ? operation.gate('json', false) : operation.gate(form, hidesUsage);
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
    if (this.#packed) this.#packed.push(all);
    else this.#read(all);
    this.#content?.answer(all);
    return this.#gate.push(all);
  }

  #read(all: Buffer): void {
    this.#usage?.push(all);
    if (this.#bytes > errorSearchBytes || this.#errorSeen || !all.includes(errorKey)) return;
    this.#errorSeen = errorSaid.test(all.toString('latin1'));
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
    const packed = this.#packed?.take();
    if (packed?.whole) this.#read(unpacked(packed.bytes, this.#packing ?? ''));
    return this.#usage?.finish(complete) ?? noReport;
  }

  /** Whether the upstream said in its answer that it has failed, before any output. After `report`. */
  get failed(): boolean {
    return this.#errorSeen && this.outputText() === '';
  }

  /** The output, after `report`. */
  outputText(): string {
    this.#text ??= this.#usage?.outputText() ?? '';
    return this.#text;
  }
}
