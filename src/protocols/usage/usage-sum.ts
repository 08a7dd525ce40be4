/** Joins the reports of one answer to what it used. Pure. */
import type { Usage } from '../../domain/usage.ts';
import type { PartialUsage, UsageShape } from './usage-shape.ts';

/** Joins reports: what a newer one says goes before what older ones say. */
export class UsageSum {
  readonly #shape: UsageShape;
  #told: PartialUsage | undefined;

  constructor(shape: UsageShape) {
    this.#shape = shape;
  }

  get told(): PartialUsage | undefined {
    return this.#told;
  }

  get hasOutput(): boolean {
    return this.#told?.output !== undefined;
  }

  /** Whether older reports could only add what is of no account. */
  get complete(): boolean {
    const told = this.#told;
    if (told?.input === undefined || told.output === undefined) return false;
    return !this.#shape.cacheBesideInput || (told.cached !== undefined && told.cacheWrite !== undefined);
  }

  /** For reports read newest first: fills what is still unknown. */
  addOlder(older: PartialUsage | undefined): void {
    const newer = this.#told;
    if (!newer || !older) {
      this.#told ??= older;
      return;
    }
    this.#told = {
      id: newer.id ?? older.id,
      input: newer.input ?? older.input,
      cached: newer.cached ?? older.cached,
      cacheWrite: newer.cacheWrite ?? older.cacheWrite,
      audioInput: newer.audioInput ?? older.audioInput,
      imageInput: newer.imageInput ?? older.imageInput,
      output: newer.output ?? older.output,
      reasoning: newer.reasoning ?? older.reasoning,
      audioOutput: newer.audioOutput ?? older.audioOutput,
      imageOutput: newer.imageOutput ?? older.imageOutput,
    };
  }

  /**
   * What is known, or undefined when nothing is. Where the parts are reported as more than their total they
   * are cut to it: what went through the cache by itself, and the kinds of content by themselves, since sound
   * may be cached too.
   */
  total(): Usage | undefined {
    const told = this.#told;
    if (!told) return undefined;
    const { input, output, cached = 0, cacheWrite = 0, audioInput = 0, audioOutput = 0 } = told;
    const beside = this.#shape.cacheBesideInput ? cached + cacheWrite : 0;
    if (input === undefined && output === undefined && beside === 0) return undefined;
    const inputTokens = (input ?? 0) + beside;
    const outputTokens = output ?? 0;
    const cachedTokens = Math.min(cached, inputTokens);
    const audioInputTokens = Math.min(audioInput, inputTokens);
    const audioOutputTokens = Math.min(audioOutput, outputTokens);
    return {
      inputTokens,
      cachedTokens,
      cacheWriteTokens: Math.min(cacheWrite, inputTokens - cachedTokens),
      audioInputTokens,
      imageInputTokens: Math.min(told.imageInput ?? 0, inputTokens - audioInputTokens),
      outputTokens,
      reasoningTokens: Math.min(told.reasoning ?? 0, outputTokens),
      audioOutputTokens,
      imageOutputTokens: Math.min(told.imageOutput ?? 0, outputTokens - audioOutputTokens),
      images: 0,
    };
  }
}
