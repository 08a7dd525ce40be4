/** Requests for Gemini's upstreams, read again as a client's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../protocol.ts';
import type { MediaPart, OutputFormat, Part, RequestForm, ToolChoice, Turn } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { emptyForm } from '../test-form.ts';
import { snakeCase } from './spelling.ts';
import { assistant, call, gemini, newModel, read, text, user } from './test-request.ts';
import { writeRequest } from './write-request.ts';

describe('a request, written and read again', () => {
  const words = fc.string({ minLength: 1, maxLength: 8 });
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const name = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/);
  const textPart = words.map(text);
  const mediaPart: fc.Arbitrary<MediaPart> = fc.constantFrom<MediaPart>(
    { kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'iVBORw0K' } },
    { kind: 'file', source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' } },
    { kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'UklGRg==' } },
    { kind: 'image', source: { type: 'url', url: 'https://example.com/a.webp' } },
    { kind: 'file', source: { type: 'url', url: 'https://example.com/report.pdf' } },
    { kind: 'video', source: { type: 'url', url: 'https://youtu.be/abc' } },
  );
  const signature = fc.base64String({ minLength: 4, maxLength: 12 }).map(gemini);
  const reasoningPart = fc
    .tuple(fc.oneof(words, fc.constant('')), signature)
    .map(([value, carried]): Part => ({ kind: 'reasoning', text: value, carried }));
  // Neighbouring texts of the model are the pieces of one.
  const said = fc
    .array(fc.oneof(textPart, reasoningPart), { minLength: 1, maxLength: 4 })
    .filter((parts) => parts.every(({ kind }, at) => kind !== 'text' || parts[at - 1]?.kind !== 'text'));
  const asked = fc.array(fc.oneof(textPart, mediaPart), { minLength: 1, maxLength: 3 });
  const callSeed = fc.record({
    name,
    args: fc.dictionary(words, fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true }),
    carried: signature,
    isError: fc.boolean(),
    output: fc.tuple(fc.array(textPart, { maxLength: 1 }), fc.array(mediaPart, { maxLength: 2 })),
  });
  /** One exchange: a question, perhaps calls with their results, and a response. */
  const exchange = fc.tuple(asked, fc.array(callSeed, { maxLength: 3 }), said);
  const history = fc.array(exchange, { minLength: 1, maxLength: 3 }).map((list) =>
    list.flatMap(([question, calls, response], at): readonly Turn[] => {
      const id = (index: number) => `id_${at}_${index}`;
      const made = calls.map((seed, index) =>
        call(id(index), seed.name, { arguments: JSON.stringify(seed.args), carried: seed.carried }),
      );
      const results = calls.map(
        (seed, index): Part => ({
          kind: 'tool-result',
          callId: id(index),
          name: seed.name,
          isError: seed.isError,
          parts: seed.output.flat() as readonly MediaPart[],
        }),
      );
      const steps = calls.length > 0 ? [assistant(...made), user(...results)] : [];
      return [user(...question), ...steps, assistant(...response)];
    }),
  );
  const number = fc.integer({ min: 1, max: 9999 });
  const tools = fc.uniqueArray(
    fc.record({
      name,
      description: optional(words),
      parameters: optional(
        fc.constant<JsonObject>({ type: 'object', properties: { a: { type: 'string' } } }),
      ),
      strict: fc.constant(undefined),
    }),
    { maxLength: 3, selector: (tool) => tool.name },
  );
  const choice = fc.constantFrom<ToolChoice | undefined>(
    undefined,
    { kind: 'auto' },
    { kind: 'none' },
    { kind: 'required' },
    { kind: 'tool', name: 'f' },
    { kind: 'allowed', mode: 'auto', names: ['f'] },
    { kind: 'allowed', mode: 'required', names: ['f', 'g'] },
  );
  const output = fc.constantFrom<OutputFormat | undefined>(
    undefined,
    { kind: 'text' },
    { kind: 'json' },
    {
      kind: 'schema',
      name: undefined,
      description: undefined,
      schema: { type: 'object', not: {} },
      strict: undefined,
    },
  );
  const reasoning = optional(
    fc.record({
      effort: fc.constantFrom('minimal', 'low', 'medium', 'high'),
      budgetTokens: fc.constant(undefined),
      isShown: optional(fc.boolean()),
    }),
  );
  const form = fc
    .record({
      system: fc.array(textPart, { maxLength: 2 }),
      history,
      tools,
      toolChoice: choice,
      output,
      reasoning,
      maxOutputTokens: optional(number),
      temperature: optional(fc.constantFrom(0, 0.7, 2)),
      topP: optional(fc.constantFrom(0.1, 1)),
      topK: optional(number),
      stop: fc.array(words, { maxLength: 3 }),
      seed: optional(number),
      presencePenalty: optional(fc.constantFrom(-1, 0.5)),
      frequencyPenalty: optional(number),
      serviceTier: optional(fc.constantFrom('default', 'flex', 'priority')),
    })
    .map(
      ({ system, history: turns, toolChoice, ...rest }): RequestForm => ({
        ...emptyForm,
        ...rest,
        turns: system.length > 0 ? [{ role: 'system', parts: system }, ...turns] : turns,
        toolChoice: rest.tools.length > 0 ? toolChoice : undefined,
      }),
    );
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  const free = new Set(['args', 'response', 'parametersJsonSchema', 'responseJsonSchema']);
  /** The same body in the other spelling. */
  function snaked(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(snaked);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [snakeCase(key), free.has(key) ? inner : snaked(inner)]),
    );
  }

  it('is the same, in both spellings, with nothing dropped', () => {
    fc.assert(
      fc.property(form, (request) => {
        const losses = new Losses('strict', 'gemini');
        const body = plain(writeRequest(request, newModel, 'json-schema', losses)) as JsonObject;
        assert.deepEqual(losses.dropped, []);
        for (const each of [body, snaked(body) as JsonObject]) {
          const back = read(each);
          assert.deepEqual(plain(back.form), plain(request));
          assert.deepEqual(back.dropped, []);
        }
      }),
      { numRuns: 300 },
    );
  });
});
