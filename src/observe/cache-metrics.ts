/** Counts the input tokens of each channel by what its upstream's prompt cache did with them. */
import { Counter, type Registry } from 'prom-client';
import type { RequestSummary } from './request-log.ts';

/** Totals of one channel, which reach the library's counter at each scrape. */
interface CacheTotals {
  read: number;
  written: number;
  none: number;
}

/** @returns a function that adds a finished request */
export function createCacheMetrics(registers: Registry[]): (summary: RequestSummary) => void {
  const known = new Map<string, CacheTotals>();
  new Counter({
    name: 'halley_prompt_cache_tokens_total',
    help: "Input tokens of a channel: read from the upstream's prompt cache, written to it, or neither.",
    labelNames: ['channel', 'cache'],
    registers,
    collect() {
      this.reset();
      for (const [channel, totals] of known) {
        for (const [cache, tokens] of Object.entries(totals)) this.inc({ channel, cache }, tokens);
      }
    },
  });
  return ({ channel, inputTokens, cachedTokens, cacheWriteTokens, estimated }) => {
    // What was estimated says nothing about caches.
    if (channel === undefined || estimated || inputTokens === 0) return;
    const totals = known.get(channel) ?? { read: 0, written: 0, none: 0 };
    known.set(channel, totals);
    totals.read += cachedTokens;
    totals.written += cacheWriteTokens;
    totals.none += inputTokens - cachedTokens - cacheWriteTokens;
  };
}
