/** Checks a list of addresses line by line, with the gateway's own parser. Pure. */
import { parseRange, rangeText } from '../../../src/domain/ip-range.ts';

export interface IpLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** As the gateway stores it; undefined = it is neither an address nor a range. */
  readonly range: string | undefined;
}

/** The lines that are not empty. */
export function ipLines(text: string): readonly IpLine[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '')
    .map((line) => {
      const range = parseRange(line.text);
      return { ...line, range: range && rangeText(range) };
    });
}
