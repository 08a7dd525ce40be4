/** Decides what a response is charged by: reported usage, counted tokens, or nothing. Pure. */

import type { RequestOutcome } from '../domain/request-outcome.ts';
import { pieceCategories, type Usage } from '../domain/usage.ts';
import type { ResponseReport } from '../protocols/protocol.ts';
import { hasOutput } from '../protocols/usage/usage-reader.ts';
import type { ResponsePipeline } from './response-pipeline.ts';

/** How the usage of a request becomes known. */
export type Spending =
  | { readonly kind: 'free' }
  | { readonly kind: 'reported'; readonly usage: Usage }
  | CountSpending;

export interface CountSpending {
  readonly kind: 'count';
  /** What was reported: nothing, all but the output, or all but the input. */
  readonly reported: Usage | undefined;
  readonly outputMissing: boolean;
}

/** The facts of a finished response. */
export interface ResponseEnd {
  readonly outcome: RequestOutcome;
  /** Undefined = there was no response. */
  readonly pipeline: Pick<ResponsePipeline, 'useful' | 'output'> | undefined;
  readonly report: ResponseReport;
}

export const free: Spending = { kind: 'free' };

/**
 * The rules, in their order:
 * - A failure of which the client has nothing but the error is free, whatever the upstream reported.
 * - A report is charged as it is; an input of 0 is none, and counted.
 * - A response of which nothing useful came is free: nothing, keep-alives, or an error in place of output.
 * - One that the upstream broke off before any output is free, even when its input was reported.
 * - Pictures without reported tokens are counted where only tokens have a price, so that they are never free.
 * - Else the input is charged as reported or counted, and the output as far as it came, counted.
 *
 * @param pricesImages whether pictures are charged by the piece
 */
export function spendingOf({ outcome, pipeline, report }: ResponseEnd, pricesImages = true): Spending {
  const { usage, outputMissing } = report;
  if (outcome === 'error') return free;
  if (usage && !outputMissing) {
    if (usage.images > 0 && usage.outputTokens === 0 && !pricesImages) {
      return { kind: 'count', reported: usage, outputMissing: true };
    }
    // No request has an input of no tokens, unless it is charged by the piece.
    return usage.inputTokens > 0 || pieceCategories.some((category) => usage[category] > 0)
      ? { kind: 'reported', usage }
      : { kind: 'count', reported: usage, outputMissing };
  }
  if (!pipeline?.useful) return free;
  if (outcome === 'upstream_broken' && !hasOutput(pipeline.output())) return free;
  return { kind: 'count', reported: usage, outputMissing: true };
}
