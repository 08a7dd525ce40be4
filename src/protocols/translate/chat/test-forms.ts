/** Generates request forms, for tests. */
import fc from 'fast-check';
import {
  efforts,
  type FunctionTool,
  type OutputFormat,
  type Part,
  type RequestForm,
  type ToolCallPart,
  type Turn,
} from '../form/request.ts';
import { emptyForm } from '../test-form.ts';

/** A request that says nothing but its turns. */
export function formOf(turns: readonly Turn[], fields: Partial<RequestForm> = {}): RequestForm {
  return { ...emptyForm, turns, ...fields };
}

export const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
export const names = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_-]{0,10}$/);
export const blobs = fc.base64String({ minLength: 4, maxLength: 16 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const marked = fc
  .constantFrom(undefined, null, '30m' as const, '12h' as const)
  .map((ttl) => (ttl === null ? {} : { cache: { ttl } }));
const texts = fc.record({ kind: fc.constant('text' as const), text: words });
const base64 = (mediaType: string) => blobs.map((data) => ({ type: 'base64' as const, mediaType, data }));
const urls = fc.webUrl().map((url) => ({ type: 'url' as const, url }));
const images = fc.record(
  {
    kind: fc.constant('image' as const),
    source: fc.oneof(base64('image/png'), urls),
    detail: fc.constantFrom('low', 'high'),
  },
  { requiredKeys: ['kind', 'source'] },
);
const files = fc.record({
  kind: fc.constant('file' as const),
  source: base64('application/pdf'),
  filename: words,
});
const sounds = fc.record({
  kind: fc.constant('audio' as const),
  source: fc.oneof(base64('audio/wav'), base64('audio/mp3')),
});
const userParts = fc.array(
  fc.tuple(fc.oneof(texts, images, files, sounds), marked).map(([part, mark]) => ({ ...part, ...mark })),
  { minLength: 1, maxLength: 3 },
);

const carried = fc.oneof(
  fc.record({
    kind: fc.constant('reasoning' as const),
    text: fc.oneof(words, fc.constant('')),
    carried: fc.record({ provider: fc.constantFrom('anthropic', 'openai', 'gemini'), blob: blobs }),
  }),
  fc.record({
    kind: fc.constant('reasoning' as const),
    text: fc.constant(''),
    carried: fc.record({ provider: fc.constantFrom('anthropic', 'gemini'), blob: blobs }),
    isRedacted: fc.constant(true),
  }),
);
const unsigned = words.map((text) => ({ kind: 'reasoning' as const, text, carried: undefined }));
const reasonings = fc.oneof(
  unsigned.map((part) => [part]),
  fc.array(carried, { maxLength: 3 }),
);

export const argumentTexts = fc
  .dictionary(names, fc.oneof(fc.integer(), words))
  .map((value) => JSON.stringify(value));
const calls: fc.Arbitrary<ToolCallPart[]> = fc.uniqueArray(
  fc.tuple(names, names, argumentTexts, maybe(blobs)).map(([id, name, args, blob]) => ({
    kind: 'tool-call' as const,
    id,
    name,
    arguments: args,
    ...(blob !== undefined && { carried: { provider: 'gemini' as const, blob } }),
  })),
  { maxLength: 3, selector: ({ id }) => id },
);
const refusals = fc.array(fc.record({ kind: fc.constant('refusal' as const), text: words }), {
  maxLength: 1,
});
const assistantParts = fc
  .tuple(reasonings, fc.array(texts, { maxLength: 2 }), refusals, calls)
  .map((kinds): Part[] => kinds.flat())
  .filter((parts) => parts.length > 0);

/** One exchange: what the user says, what the model does, the results of its calls. */
const exchanges = fc
  .tuple(
    userParts,
    assistantParts,
    fc.array(texts, { maxLength: 2 }),
    fc.array(texts, { maxLength: 1 }),
    fc.boolean(),
  )
  .map(([asked, said, seen, more, isReversed]): Turn[] => {
    const results = said.flatMap((part) =>
      part.kind === 'tool-call'
        ? [{ kind: 'tool-result' as const, callId: part.id, name: undefined, isError: false, parts: seen }]
        : [],
    );
    const turns: Turn[] = [
      { role: 'user', parts: asked },
      { role: 'assistant', parts: said },
    ];
    if (results.length === 0) return turns;
    const ordered = isReversed ? results.toReversed() : results;
    // A user message after results is of their turn.
    const answer: Turn = { role: 'assistant', parts: [{ kind: 'text', text: 'Done.' }] };
    return [...turns, { role: 'user', parts: [...ordered, ...more] }, answer];
  });

const instructions = (role: 'system' | 'developer') =>
  fc.array(texts, { minLength: 1, maxLength: 2 }).map((parts): Turn => ({ role, parts }));
const turns = fc
  .tuple(
    fc.array(fc.oneof(instructions('system'), instructions('developer')), { maxLength: 2 }),
    fc.array(
      fc.oneof(
        exchanges,
        instructions('developer').map((turn) => [turn]),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    userParts,
    maybe(names),
  )
  .map(([opening, middle, last, name]): Turn[] => [
    ...opening,
    ...middle.flat(),
    { role: 'user', parts: last, ...(name !== undefined && { name }) },
  ]);

const schemas = fc.constantFrom(
  { type: 'object' },
  { type: 'object', properties: { a: { type: 'string' } } },
);
const tools: fc.Arbitrary<FunctionTool[]> = fc.array(
  fc.record({
    name: names,
    description: maybe(words),
    parameters: maybe(schemas),
    strict: maybe(fc.boolean()),
  }),
  { minLength: 1, maxLength: 2 },
);
const toolMembers = fc.oneof(
  fc.constant({}),
  fc.record({
    tools,
    toolChoice: fc.oneof(
      fc.constantFrom(
        undefined,
        { kind: 'auto' as const },
        { kind: 'none' as const },
        { kind: 'required' as const },
      ),
      fc.record({ kind: fc.constant('tool' as const), name: names }),
      fc.record({
        kind: fc.constant('allowed' as const),
        mode: fc.constantFrom('auto' as const, 'required' as const),
        names: fc.array(names, { minLength: 1, maxLength: 2 }),
      }),
    ),
    parallelToolCalls: maybe(fc.boolean()),
  }),
);
const outputs: fc.Arbitrary<OutputFormat> = fc.oneof(
  fc.constantFrom({ kind: 'text' as const }, { kind: 'json' as const }),
  fc.record({
    kind: fc.constant('schema' as const),
    name: names,
    description: maybe(words),
    schema: schemas,
    strict: maybe(fc.boolean()),
  }),
);

/** What chat completions say entirely: written and read it is the same. */
export const chatForms: fc.Arbitrary<RequestForm> = fc
  .tuple(
    turns,
    toolMembers,
    fc.record({
      output: maybe(outputs),
      reasoning: maybe(
        fc
          .constantFrom(...efforts)
          .map((effort) => ({ effort, budgetTokens: undefined, isShown: undefined })),
      ),
      stream: fc.boolean(),
      maxOutputTokens: maybe(fc.integer({ min: 1 })),
      temperature: maybe(fc.double({ min: 0, max: 2, noNaN: true })),
      topP: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
      stop: fc.array(words, { maxLength: 4 }),
      seed: maybe(fc.integer()),
      presencePenalty: maybe(fc.integer({ min: -2, max: 2 })),
      frequencyPenalty: maybe(fc.integer({ min: -2, max: 2 })),
      verbosity: maybe(fc.constantFrom('low', 'medium', 'high')),
      serviceTier: maybe(fc.constantFrom('auto', 'default', 'flex', 'priority')),
      endUser: maybe(names),
      cacheKey: maybe(words),
    }),
  )
  // A clone has plain prototypes throughout.
  .map(([given, toolFields, fields]) => structuredClone(formOf(given, { ...toolFields, ...fields })));
