import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../protocol.ts';
import { checkFates } from '../fates.ts';
import type { FunctionTool, Part, ReasoningRequest, RequestForm, ToolChoice, Turn } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { messagesClient } from './client.ts';
import { form } from './test-forms.ts';
import { messagesUpstream } from './upstream.ts';

const text = fc.string({ minLength: 1 }).filter((value) => value.trim() !== '');
const plain = { noNullPrototype: true } as const;
const record = <T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(members, plain);
/** As JSON has it: without -0. */
const members: fc.Arbitrary<JsonObject> = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.jsonValue())
  .map((value) => JSON.parse(JSON.stringify(value)));
const word = fc.stringMatching(/^[a-z]{1,9}$/);
const base64 = fc.base64String({ minLength: 4 });

const textPart: fc.Arbitrary<Part> = text.map((value) => ({ kind: 'text', text: value }));
const image: fc.Arbitrary<Part> = fc.oneof(
  base64.map(
    (data): Part => ({
      kind: 'image',
      source: { type: 'base64', mediaType: 'image/png', data: `iVBORw0KGgo${data}` },
    }),
  ),
  fc.webUrl().map((url): Part => ({ kind: 'image', source: { type: 'url', url } })),
);
const file: fc.Arbitrary<Part> = record({ data: base64, filename: word }).map(({ data, filename }) => ({
  kind: 'file',
  source: { type: 'base64', mediaType: 'application/pdf', data },
  filename,
}));
const said = fc.oneof(textPart, image, file);
const thought: fc.Arbitrary<Part> = fc.oneof(
  record({ text: fc.string(), blob: base64 }).map(
    (given): Part => ({
      kind: 'reasoning',
      text: given.text,
      carried: { provider: 'anthropic', blob: given.blob },
    }),
  ),
  base64.map(
    (blob): Part => ({
      kind: 'reasoning',
      text: '',
      carried: { provider: 'anthropic', blob },
      isRedacted: true,
    }),
  ),
);

interface Exchange {
  readonly asked: readonly Part[];
  readonly instruction: string | undefined;
  readonly thoughts: readonly Part[];
  readonly answer: readonly Part[];
  readonly calls: readonly { readonly name: string; readonly input: object; readonly isError: boolean }[];
  readonly results: readonly Part[];
}

const exchange: fc.Arbitrary<Exchange> = record({
  asked: fc.array(said, { minLength: 1, maxLength: 3 }),
  instruction: fc.option(text, { nil: undefined }),
  thoughts: fc.array(thought, { maxLength: 2 }),
  answer: fc.array(textPart, { minLength: 1, maxLength: 2 }),
  calls: fc.array(record({ name: word, input: members, isError: fc.boolean() }), { maxLength: 3 }),
  results: fc.array(fc.oneof(textPart, image), { minLength: 1, maxLength: 2 }),
});

/** Turns as clients send them: the results of all calls directly after them. */
function turnsOf(exchanges: readonly Exchange[], last: readonly Part[]): readonly Turn[] {
  let results: readonly Part[] = [];
  const turns = exchanges.flatMap((given, at): readonly Turn[] => {
    const id = (index: number) => `call_${at}_${index}`;
    const calls = given.calls.map(({ name, input }, index): Part => {
      return { kind: 'tool-call', id: id(index), name, arguments: JSON.stringify(input) };
    });
    const user: Turn = { role: 'user', parts: [...results, ...given.asked] };
    results = given.calls.map(({ isError }, index) => resultPart(id(index), isError, given.results));
    const { instruction } = given;
    return [
      user,
      ...(instruction === undefined ? [] : [instructionTurn(instruction)]),
      { role: 'assistant', parts: [...given.thoughts, ...given.answer, ...calls] },
    ];
  });
  return [...turns, { role: 'user', parts: [...results, ...last] }];
}

function resultPart(callId: string, isError: boolean, parts: readonly Part[]): Part {
  const content = parts.flatMap((part) => (part.kind === 'text' || part.kind === 'image' ? [part] : []));
  return { kind: 'tool-result', callId, name: undefined, isError, parts: content };
}

const instructionTurn = (instruction: string): Turn => ({
  role: 'system',
  parts: [{ kind: 'text', text: instruction }],
});

const ttl = fc.constantFrom('5m' as const, '1h' as const, undefined);
const tool: fc.Arbitrary<FunctionTool> = record({
  name: word,
  description: fc.option(text, { nil: undefined }),
  properties: members,
  strict: fc.constantFrom(true, false, undefined),
}).map(({ properties, ...rest }) => ({ ...rest, parameters: { type: 'object', properties } }));

const reasoning: fc.Arbitrary<ReasoningRequest | undefined> = fc.oneof(
  fc.constantFrom(undefined, { effort: 'none', budgetTokens: undefined, isShown: undefined } as const),
  record({
    effort: fc.constantFrom(
      'low' as const,
      'medium' as const,
      'high' as const,
      'xhigh' as const,
      'max' as const,
    ),
    budgetTokens: fc.constant(undefined),
    isShown: fc.constantFrom(true, false, undefined),
  }),
  fc.constant({ effort: undefined, budgetTokens: -1, isShown: undefined }),
);

const choice: fc.Arbitrary<ToolChoice> = fc.constantFrom(
  { kind: 'auto' },
  { kind: 'required' },
  { kind: 'tool', name: 'named' },
);

const request: fc.Arbitrary<RequestForm> = record({
  opening: fc.array(text, { maxLength: 3 }),
  openingTtl: ttl,
  exchanges: fc.array(exchange, { maxLength: 4 }),
  last: fc.array(said, { minLength: 1, maxLength: 3 }),
  tools: fc.array(tool, { maxLength: 3 }),
  toolChoice: fc.option(choice, { nil: undefined }),
  isSingle: fc.boolean(),
  schema: fc.option(members, { nil: undefined }),
  reasoning,
  stream: fc.boolean(),
  maxOutputTokens: fc.integer({ min: 1, max: 200_000 }),
  stop: fc.array(text, { maxLength: 3 }),
  endUser: fc.option(word, { nil: undefined }),
}).map(({ opening, openingTtl, exchanges, last, isSingle, schema, ...rest }) => {
  const parts = opening.map((value): Part => ({ kind: 'text', text: value, cache: { ttl: openingTtl } }));
  const turns = turnsOf(exchanges, last);
  const toolChoice = rest.tools.length === 0 ? undefined : rest.toolChoice;
  const forces = toolChoice !== undefined && toolChoice.kind !== 'auto';
  return form(parts.length === 0 ? turns : [{ role: 'system', parts }, ...turns], {
    ...rest,
    toolChoice,
    parallelToolCalls: toolChoice && isSingle ? false : undefined,
    reasoning: forces ? undefined : rest.reasoning,
    output: schema && {
      kind: 'schema',
      name: undefined,
      description: undefined,
      schema,
      strict: undefined,
    },
  });
});

function sent(given: RequestForm, model: string): RequestForm {
  const losses = new Losses('strict', 'messages');
  const body: JsonObject = JSON.parse(
    JSON.stringify(messagesUpstream.writeRequest(given, model, losses, {})),
  );
  checkFates(body, messagesClient.fates, 'responses', new Losses('lenient', 'responses'));
  assert.deepEqual(losses.dropped, []);
  return messagesClient.readRequest(body, losses);
}

describe('requests of Anthropic’s protocol', () => {
  it('read as they were written, whatever they say', () => {
    fc.assert(
      fc.property(request, (given) => {
        assert.deepEqual(sent(given, 'claude-opus-4-8'), given);
      }),
    );
  });

  it('read as they were written with budgets and sampling parameters for older models', () => {
    const budget = record({
      effort: fc.constant(undefined),
      budgetTokens: fc.integer({ min: 1024, max: 60_000 }),
      isShown: fc.constant(undefined),
    });
    const sampled = record({
      temperature: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
      topP: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
      topK: fc.nat(),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          budget.map((reasoning) => ({ reasoning })),
          sampled,
        ),
        (given) => {
          const whole = form([{ role: 'user', parts: [{ kind: 'text', text: 'x' }] }], {
            ...given,
            maxOutputTokens: 64_000,
          });
          assert.deepEqual(sent(whole, 'claude-sonnet-4-20250514'), whole);
        },
      ),
    );
  });
});
