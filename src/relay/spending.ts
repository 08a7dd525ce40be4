/** What one request used and what that comes to: reported by the upstream, or else estimated. Pure. */
import { unitsOf } from '../ledger/price.ts';
import type { UsageReader } from './protocols/protocol.ts';

export interface Spending {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly estimated: boolean;
  readonly units: number;
}

export const noSpending: Spending = { inputTokens: 0, outputTokens: 0, estimated: false, units: 0 };

/** Where the upstream reports nothing, a request body counts one token for this many bytes. */
const bytesPerToken = 4;

/**
 * Reported usage as it is; without a report, an estimate from the bytes of the request and the reader's
 * lower bound of the output. An answer of which the client got nothing is free.
 */
export function spendingOf(
  usage: UsageReader,
  complete: boolean,
  requestBytes: number,
  answerBytes: number,
): Spending {
  const reported = usage.finish(complete);
  if (reported) {
    const { inputTokens, outputTokens, estimated } = reported;
    return { inputTokens, outputTokens, estimated, units: unitsOf(reported) };
  }
  if (answerBytes === 0) return noSpending;
  const inputTokens = Math.ceil(requestBytes / bytesPerToken);
  const outputTokens = usage.estimatedOutputTokens();
  return { inputTokens, outputTokens, estimated: true, units: unitsOf({ inputTokens, outputTokens }) };
}
