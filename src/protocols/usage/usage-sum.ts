/** Joins the usage reports of one response. Pure. */
import {
  noPieces,
  noToolCalls,
  type Pieces,
  pieceCategories,
  type Usage,
  usageCategories,
} from '../../domain/usage.ts';
import { addCounts, type PartialUsage, type UsageShape } from './usage-shape.ts';

/** @returns `noPieces` itself when there are none */
function piecesIn(reported: PartialUsage): Pieces {
  if (!pieceCategories.some((category) => reported[category])) return noPieces;
  const counts = pieceCategories.map((category) => [category, reported[category] ?? 0] as const);
  return Object.fromEntries(counts) as Pieces;
}

/** Joins reports: what a newer one says goes before what older ones say. */
export class UsageSum {
  readonly #shape: UsageShape;
  #reported: PartialUsage | undefined;

  constructor(shape: UsageShape) {
    this.#shape = shape;
  }

  get reported(): PartialUsage | undefined {
    return this.#reported;
  }

  /** Whether output was reported. Some upstreams report 0 beside a text. */
  get hasOutput(): boolean {
    return Boolean(this.#reported?.outputTokens);
  }

  /** Whether older reports could add nothing that matters. */
  get complete(): boolean {
    const { inputTokens, outputTokens } = this.#reported ?? {};
    if (inputTokens === undefined || !outputTokens) return false;
    return !this.#shape.cacheBesideInput || this.#knowsBeginning;
  }

  /** Whether all is known that some protocols report at the beginning alone. */
  get #knowsBeginning(): boolean {
    const { cachedTokens, cacheWriteTokens, longCacheWriteTokens, tier } = this.#reported ?? {};
    return [cachedTokens, cacheWriteTokens, longCacheWriteTokens, tier].every((known) => known !== undefined);
  }

  /** For reports read newest first: fills what is still unknown, or 0 by a report that some upstreams send last. */
  addOlder(older: PartialUsage | undefined): void {
    const newer = this.#reported;
    if (!newer || !older) {
      this.#reported ??= older;
      return;
    }
    const joined: { -readonly [Member in keyof PartialUsage]: PartialUsage[Member] } = { ...newer };
    joined.id ??= older.id;
    joined.tier ??= older.tier;
    joined.beside ??= older.beside;
    for (const category of usageCategories) joined[category] ||= older[category] ?? joined[category];
    this.#reported = joined;
  }

  /**
   * What is known, or undefined when nothing is. Where the parts are reported as more than their total they are cut to
   * it: what went through the cache by itself, and the kinds of content by themselves, since audio may be cached too.
   */
  total(): Usage | undefined {
    const reported = this.#reported && withBeside(this.#reported);
    if (!reported) return undefined;
    const { inputTokens: input, outputTokens: output, cachedTokens: cached = 0 } = reported;
    const { cacheWriteTokens: cacheWrite = 0 } = reported;
    const beside = this.#shape.cacheBesideInput ? cached + cacheWrite : 0;
    const pieces = piecesIn(reported);
    if (input === undefined && output === undefined && beside === 0 && pieces === noPieces) return undefined;
    const inputTokens = (input ?? 0) + beside;
    const outputTokens = output ?? 0;
    const [cachedTokens, cacheWriteTokens] = withinTotal(inputTokens, cached, cacheWrite);
    const [longCacheWriteTokens] = withinTotal(cacheWriteTokens, reported.longCacheWriteTokens);
    const [audioInputTokens, imageInputTokens] = withinTotal(
      inputTokens,
      reported.audioInputTokens,
      reported.imageInputTokens,
    );
    const [audioOutputTokens, imageOutputTokens] = withinTotal(
      outputTokens,
      reported.audioOutputTokens,
      reported.imageOutputTokens,
    );
    const [reasoningTokens] = withinTotal(outputTokens, reported.reasoningTokens);
    return {
      inputTokens,
      cachedTokens,
      cacheWriteTokens,
      longCacheWriteTokens,
      audioInputTokens,
      imageInputTokens,
      outputTokens,
      reasoningTokens,
      audioOutputTokens,
      imageOutputTokens,
      ...pieces,
      ...noToolCalls,
    };
  }
}

function withBeside(reported: PartialUsage): PartialUsage {
  const { beside } = reported;
  return beside ? { ...reported, ...addCounts(reported, beside) } : reported;
}

/** Two parts of a total, cut so that they are no more than it together; the first goes before. */
function withinTotal(total: number, first = 0, second = 0): readonly [number, number] {
  const part = Math.min(first, total);
  return [part, Math.min(second, total - part)];
}
