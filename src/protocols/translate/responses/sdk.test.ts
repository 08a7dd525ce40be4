import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';
import { end, eventsFor, type PartGiven, write } from './test-written.ts';

const thinking: PartGiven = [
  { kind: 'reasoning' },
  ['hm'],
  { carried: { provider: 'anthropic', blob: 'c2ln' } },
];
const text: PartGiven = [
  { kind: 'text' },
  ['Hel', 'lo'],
  { citations: [{ url: 'https://a.example', title: 'A', start: 0, end: 5 }] },
];
const call: PartGiven = [{ kind: 'tool-call', id: 'c1', name: 'n' }, ['{"a":', '1}']];
const list = eventsFor([thinking, text, text, call], end('tool-calls'));

/** The client of the published SDK, over what was written. */
function clientOf(body: string, type: string): OpenAI {
  const fetch = async () => new Response(body, { headers: { 'content-type': type } });
  return new OpenAI({ apiKey: 'none', fetch, maxRetries: 0 });
}

const request = { model: 'claude-sonnet', input: 'hi' };

describe('the published client of OpenAI reads what was written', () => {
  it('a stream, which it builds up event by event', async () => {
    const stream = clientOf(write('sse', list), 'text/event-stream').responses.stream(request);
    const deltas: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => deltas.push(delta));
    const response = await stream.finalResponse();
    assert.deepEqual(deltas, ['Hel', 'lo', 'Hel', 'lo']);
    assert.equal(response.output_text, 'HelloHello');
    assert.deepEqual(
      response.output.map(({ type }) => type),
      ['reasoning', 'message', 'function_call'],
    );
    assert.equal(response.usage?.total_tokens, 12);
  });

  it('a whole response', async () => {
    const response = await clientOf(write('json', list), 'application/json').responses.create(request);
    assert.equal(response.output_text, 'HelloHello');
    assert.equal(response.status, 'completed');
  });

  it('a failure, as an event of its own', async () => {
    const failed = [...list.slice(0, 4), { type: 'error', message: 'overloaded', code: '' } as const];
    const stream = await clientOf(write('sse', failed), 'text/event-stream').responses.create({
      ...request,
      stream: true,
    });
    const seen: string[] = [];
    for await (const event of stream)
      seen.push(event.type === 'response.failed' ? `${event.response.error?.message}` : event.type);
    assert.equal(seen[0], 'response.created');
    assert.equal(seen.at(-1), 'overloaded');
  });
});
