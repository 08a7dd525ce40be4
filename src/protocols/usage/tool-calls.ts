/** Counts the calls of hosted tools in a response, which protocols report beside the usage or not at all. Pure. */
import { noToolCalls, type ToolCalls, toolCallCategories } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';

/** What an object of a response says of calls. */
export interface ToolCallReport {
  /**
   * `call` = each report is of another call; `response` = all calls so far; `bill` = the calls that the provider
   * charges, whatever else the response shows.
   */
  readonly of: 'call' | 'response' | 'bill';
  readonly calls: Partial<ToolCalls>;
}

/** How a protocol shows the calls of hosted tools. */
export interface ToolCallShape {
  /** Each object that shows calls holds this, and few others do: it is found by a native search. */
  readonly needle: Buffer;
  /** @param object a response, or an event of one */
  read(object: JsonObject): readonly ToolCallReport[];
}

export class ToolCallSum {
  readonly #sums: Record<ToolCallReport['of'], Partial<Record<keyof ToolCalls, number>>> = {
    call: {},
    response: {},
    bill: {},
  };
  #isEmpty = true;

  add(reports: readonly ToolCallReport[]): void {
    for (const { of, calls } of reports) {
      this.#isEmpty = false;
      const sums = this.#sums[of];
      for (const category of toolCallCategories) {
        const count = calls[category];
        if (count === undefined) continue;
        const before = sums[category] ?? 0;
        sums[category] = of === 'call' ? before + count : Math.max(before, count);
      }
    }
  }

  total(): ToolCalls {
    if (this.#isEmpty) return noToolCalls;
    const { call, response, bill } = this.#sums;
    const total = { ...noToolCalls };
    for (const category of toolCallCategories) {
      total[category] = bill[category] ?? Math.max(call[category] ?? 0, response[category] ?? 0);
    }
    return total;
  }
}
