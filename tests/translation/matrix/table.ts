/** Prints how each feature fares in each direction. */
import { directions, isTranslated } from './directions.ts';
import type { Outcome } from './feature.ts';

const letters = { chat: 'C', responses: 'R', messages: 'A', gemini: 'G' } as const;

const shown = (outcome: Outcome | undefined): string => {
  if (outcome === undefined) return 'FAIL';
  if (outcome === 'unsaid' || outcome === 'absent') return '-';
  return outcome.replace('refused: ', '!');
};

/** @param outcomes by feature, and by the position of the direction */
export function table(outcomes: ReadonlyMap<string, readonly (Outcome | undefined)[]>): string {
  const heads = directions.map((direction) => {
    const [client, upstream] = [letters[direction.client], letters[direction.upstream]];
    return isTranslated(direction) ? `${client}>${upstream}` : `${client}=`;
  });
  const lines = [...outcomes].map(([name, row]) => [name, ...directions.map((_, at) => shown(row[at]))]);
  const [first = 0, ...widths] = ['', ...heads].map((head, at) =>
    Math.max(head.length, ...lines.map((line) => line[at]?.length ?? 0)),
  );
  const line = ([name = '', ...cells]: readonly string[]) =>
    `${name.padEnd(first)}  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' ')}`.trimEnd();
  return [
    'client > upstream (C chat completions, R responses, A Anthropic Messages, G Gemini; = the same on both sides)',
    line(['', ...heads]),
    ...lines.map(line),
    '- the client has no words for it, or there is no such operation; !field: refused with 400 that names the field',
  ].join('\n');
}
