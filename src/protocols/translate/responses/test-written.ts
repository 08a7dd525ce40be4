/** Writes responses from events, for tests. */
import assert from 'node:assert/strict';
import { noUsage, type Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import type { EndReason, PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts } from '../parts.ts';
import { writeResponse } from './write-response.ts';

export const facts: RequestFacts = {
  model: 'claude-sonnet',
  requestId: '20261129-1',
  createdAt: 1_796_000_000,
  includesUsage: false,
};

export type PartGiven = readonly [
  PartStartEvent['part'],
  readonly string[],
  Omit<PartEndEvent, 'type' | 'index'>?,
];

export const usage: Usage = {
  ...noUsage,
  inputTokens: 9,
  cachedTokens: 4,
  cacheWriteTokens: 1,
  outputTokens: 3,
  reasoningTokens: 2,
};
export const end = (reason: EndReason, refusal?: string): ResponseEvent => ({
  type: 'end',
  reason,
  stopSequence: undefined,
  refusal,
});

export function eventsFor(parts: readonly PartGiven[], last: ResponseEvent, id = 'up_1'): ResponseEvent[] {
  const partEvents = parts.flatMap(([part, deltas, more = {}], index): ResponseEvent[] => [
    { type: 'part-start', index, part },
    ...deltas.map((text): ResponseEvent => ({ type: 'part-delta', index, text })),
    { type: 'part-end', index, ...more },
  ]);
  return [{ type: 'start', id }, ...partEvents, { type: 'usage', usage }, last];
}

export function write(form: 'sse' | 'json', list: readonly ResponseEvent[]): string {
  const writer = writeResponse(form, facts);
  return list.map((event) => writer.push(event)).join('') + writer.end();
}

export const written = (list: readonly ResponseEvent[]): JsonObject[] =>
  write('sse', list)
    .split('\n\n')
    .slice(0, -1)
    .map((event) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      const object = JSON.parse(data ?? '');
      assert.equal(object.type, name);
      return object;
    });

export const typesOf = (list: readonly ResponseEvent[]) =>
  written(list).map(({ type }) => String(type).replace('response.', ''));

interface Whole {
  readonly [member: string]: unknown;
  readonly output: readonly JsonObject[];
}
export const wholeOf = (list: readonly ResponseEvent[]): Whole => JSON.parse(write('json', list));
/** The response object of the last event. */
export const lastOf = (list: readonly ResponseEvent[]) => written(list).at(-1)?.response as Whole;
