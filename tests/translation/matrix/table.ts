/** Prints one word for each feature in each direction. */
import { directions, isTranslated } from './directions.ts';

const letters = { chat: 'C', responses: 'R', messages: 'A', gemini: 'G' } as const;
const title =
  'client > upstream (C chat completions, R responses, A Anthropic Messages, G Gemini; = the same on both sides)';

/**
 * @param words by feature, in the order of the directions
 * @param legend the last line
 */
export function table(words: ReadonlyMap<string, readonly (string | undefined)[]>, legend: string): string {
  const heads = directions.map((direction) => {
    const [client, upstream] = [letters[direction.client], letters[direction.upstream]];
    return isTranslated(direction) ? `${client}>${upstream}` : `${client}=`;
  });
  const rows = [...words].map(([name, row]) => [name, ...heads.map((_, at) => row[at] ?? 'FAIL')]);
  const all = [['', ...heads], ...rows];
  const [first = 0, ...widths] = ['', ...heads].map((_, at) =>
    Math.max(...all.map((row) => row[at]?.length ?? 0)),
  );
  const line = ([name = '', ...cells]: readonly string[]) =>
    `${name.padEnd(first)}  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' ')}`.trimEnd();
  return [title, ...all.map(line), legend].join('\n');
}
