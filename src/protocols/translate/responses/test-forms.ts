/** Requests of the internal form that Responses expresses without a loss, for tests. */
import fc from 'fast-check';
import {
  efforts,
  type FunctionTool,
  type MediaPart,
  type OutputFormat,
  type Part,
  type RequestForm,
  type TextPart,
  type ToolCallPart,
  type Turn,
} from '../form/request.ts';
import { emptyForm } from '../test-form.ts';

const said = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const cache = fc.option(fc.constantFrom({ ttl: '30m' as const }, { ttl: '12h' as const }), {
  nil: undefined,
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const jsonText = fc.dictionary(said, fc.jsonValue(), { maxKeys: 3 }).map((value) => JSON.stringify(value));
const base64 = fc.base64String({ minLength: 4, maxLength: 16 });

/** Without the members that are undefined: a reader leaves them out. */
const clean = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

const textPart: fc.Arbitrary<TextPart> = fc
  .record({ kind: fc.constant('text' as const), text: said, cache })
  .map(clean);

const mediaPart: fc.Arbitrary<MediaPart> = fc.oneof(
  fc
    .record({
      kind: fc.constant('image' as const),
      source: fc.oneof(
        fc.record({
          type: fc.constant('base64' as const),
          mediaType: fc.constantFrom('image/png', 'image/webp'),
          data: base64,
        }),
        fc.record({ type: fc.constant('url' as const), url: fc.constant('https://images.example/a.png') }),
      ),
      detail: maybe(fc.constantFrom('low', 'high', 'original')),
      cache,
    })
    .map(clean),
  fc.record({
    kind: fc.constant('file' as const),
    source: fc.record({
      type: fc.constant('base64' as const),
      mediaType: fc.constant('application/pdf'),
      data: base64,
    }),
    filename: fc.constantFrom('a.pdf', 'b.pdf'),
  }),
);

const contents = fc.array(fc.oneof(textPart, mediaPart), { minLength: 1, maxLength: 3 });

const reasoningPart: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant('reasoning' as const),
  text: fc.oneof(said, fc.constant('')),
  carried: fc.record({
    provider: fc.constant('openai' as const),
    blob: base64.map((blob) => `rs_1|${blob}`),
  }),
});

const assistantPart: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: said }),
  fc.record({ kind: fc.constant('refusal' as const), text: said }),
  reasoningPart,
);

/** An exchange: what the model said and called, and the results of its calls. */
const exchange: fc.Arbitrary<readonly Turn[]> = fc
  .record({
    said: fc.array(assistantPart, { minLength: 1, maxLength: 3 }),
    calls: fc.uniqueArray(fc.record({ id: name, name, arguments: jsonText }), {
      maxLength: 3,
      selector: ({ id }) => id,
    }),
    results: fc.array(contents, { minLength: 3, maxLength: 3 }),
  })
  .map(({ said: texts, calls, results }) => {
    const parts = calls.map((call): ToolCallPart => ({ kind: 'tool-call', ...call }));
    const turn: Turn = { role: 'assistant', parts: [...texts, ...parts] };
    if (calls.length === 0) return [turn];
    const answers = calls.map(({ id }, index): Part => {
      return {
        kind: 'tool-result',
        callId: id,
        name: undefined,
        isError: false,
        parts: results[index] ?? [],
      };
    });
    return [turn, { role: 'user', parts: answers }];
  });

const otherTurn: fc.Arbitrary<Turn> = fc.record({
  role: fc.constantFrom('user' as const, 'developer' as const, 'system' as const),
  parts: contents,
});

/** Turns of the assistant never follow each other: a reader takes them for one. */
const turns: fc.Arbitrary<readonly Turn[]> = fc
  .array(fc.tuple(fc.array(otherTurn, { minLength: 1, maxLength: 2 }), exchange), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs) => withOwnIds(pairs.flatMap(([others, turnsOfExchange]) => [...others, ...turnsOfExchange])));

/** Calls of one history have different ids. */
function withOwnIds(all: readonly Turn[]): readonly Turn[] {
  let exchanges = 0;
  return all.map((turn) => {
    if (turn.role === 'assistant') exchanges += 1;
    const own = (id: string) => `${exchanges}_${id}`;
    const parts = turn.parts.map((part): Part => {
      if (part.kind === 'tool-call') return { ...part, id: own(part.id) };
      return part.kind === 'tool-result' ? { ...part, callId: own(part.callId) } : part;
    });
    return { ...turn, parts };
  });
}

const schema = fc.constantFrom(
  { type: 'object', properties: {} },
  { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
);

const tool: fc.Arbitrary<FunctionTool> = fc.record({
  name,
  description: maybe(said),
  parameters: maybe(schema),
  strict: fc.boolean(),
});

const output: fc.Arbitrary<OutputFormat> = fc.oneof(
  fc.constantFrom<OutputFormat>({ kind: 'text' }, { kind: 'json' }),
  fc.record({
    kind: fc.constant('schema' as const),
    name,
    description: maybe(said),
    schema,
    strict: maybe(fc.boolean()),
  }),
);

const toolChoice = fc.oneof(
  fc.record({ kind: fc.constantFrom('auto' as const, 'none' as const, 'required' as const) }),
  fc.record({ kind: fc.constant('tool' as const), name }),
  fc.record({
    kind: fc.constant('allowed' as const),
    mode: fc.constantFrom('auto' as const, 'required' as const),
    names: fc.array(name, { maxLength: 3 }),
  }),
);

const reasoning = fc.oneof(
  fc.record({
    effort: fc.constantFrom(...efforts),
    budgetTokens: fc.constant(undefined),
    isShown: fc.constant(undefined),
  }),
  fc.record({
    effort: maybe(fc.constantFrom(...efforts)),
    budgetTokens: fc.constant(undefined),
    isShown: fc.constant(true),
    summary: fc.constantFrom('auto', 'concise', 'detailed'),
  }),
);

export const forms: fc.Arbitrary<RequestForm> = fc
  .record({
    turns,
    tools: fc.array(tool, { maxLength: 3 }),
    toolChoice: maybe(toolChoice),
    parallelToolCalls: maybe(fc.boolean()),
    output: maybe(output),
    reasoning: maybe(reasoning),
    stream: fc.boolean(),
    maxOutputTokens: maybe(fc.oneof(fc.constant(0), fc.integer({ min: 16, max: 1e6 }))),
    temperature: maybe(fc.double({ min: 0, max: 2, noNaN: true })),
    topP: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
    verbosity: maybe(fc.constantFrom('low', 'medium', 'high')),
    serviceTier: maybe(fc.constantFrom('auto', 'default', 'flex', 'priority')),
    endUser: maybe(name),
    metadata: maybe(fc.dictionary(name, said, { noNullPrototype: true, maxKeys: 2 })),
    cacheKey: maybe(name),
  })
  // A clone has no objects without a prototype, which `fc.record` makes.
  .map((given) => structuredClone({ ...emptyForm, ...given }));
