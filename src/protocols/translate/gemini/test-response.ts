/** What tests of Gemini's responses share. */
import { piecesOf } from '../../../../tests/support/pieces.ts';
import type { ResponseForm } from '../../protocol.ts';
import type { ResponseEvent } from '../form/response.ts';
import { readResponse } from './read-response.ts';

export function readAll(form: ResponseForm, chunks: readonly Buffer[]): readonly ResponseEvent[] {
  const reader = readResponse(form);
  const events = piecesOf(form, chunks).flatMap((piece) => reader.push(piece));
  return [...events, ...reader.end()];
}

export const readText = (form: ResponseForm, text: string) => readAll(form, [Buffer.from(text)]);

export function framed(form: ResponseForm, objects: readonly object[]): string {
  if (form === 'sse') return objects.map((object) => `data: ${JSON.stringify(object)}\r\n\r\n`).join('');
  return `[${objects.map((object) => JSON.stringify(object)).join('\n,\r\n')}\n]\n`;
}

/** Events with neighbouring deltas of a part joined, and only the last usage, at the end. */
export function joined(events: readonly ResponseEvent[]): readonly ResponseEvent[] {
  const result: ResponseEvent[] = [];
  let usage: ResponseEvent | undefined;
  for (const event of events) {
    const last = result.at(-1);
    if (event.type === 'usage') usage = event;
    else if (event.type === 'part-delta' && last?.type === 'part-delta')
      result[result.length - 1] = { ...last, text: last.text + event.text };
    else result.push(event);
  }
  return usage ? [...result, usage] : result;
}
