import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import type { TranslationPolicy } from '../../../domain/channel-options.ts';
import { HalleyError } from '../../../platform/errors.ts';
import { checkFates } from '../fates.ts';
import type { Part, RequestForm, Turn } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { emptyForm } from '../test-form.ts';
import { portableId } from '../tool-ids.ts';
import { responsesFates } from './fates.ts';
import { readRequest } from './read-request.ts';
import { forms } from './test-forms.ts';
import { writeRequest } from './write-request.ts';

const model = 'gpt-6-sol';

function write(given: Partial<RequestForm>, policy: TranslationPolicy = 'strict') {
  const losses = new Losses(policy, 'responses');
  const body = writeRequest({ ...emptyForm, ...given }, model, losses);
  return { body, dropped: losses.dropped };
}

const itemsOf = (...turns: readonly Turn[]) => write({ turns }).body.input;
const assistant = (...parts: readonly Part[]): Turn => ({ role: 'assistant', parts });
const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts });
const text = (value: string): Part => ({ kind: 'text', text: value });
const call = (id: string, args = '{}'): Part => ({ kind: 'tool-call', id, name: 'n', arguments: args });
const result = (callId: string, value: string, isError = false): Part => ({
  kind: 'tool-result',
  callId,
  name: undefined,
  isError,
  parts: value === '' ? [] : [{ kind: 'text', text: value }],
});

const refuses = (given: Partial<RequestForm>, param: string) =>
  assert.throws(
    () => write(given),
    (error: unknown) => error instanceof HalleyError && error.param === param,
    param,
  );

describe('writing a request for Responses', () => {
  it('the reader reads what was written', () => {
    fc.assert(
      fc.property(forms, (form) => {
        const losses = new Losses('strict', 'responses');
        const body = JSON.parse(JSON.stringify(writeRequest(form, model, losses)));
        assert.deepEqual(readRequest(body, losses), form);
        assert.deepEqual(losses.dropped, []);
      }),
      { numRuns: 300 },
    );
  });

  it('every field that is written has a fate', () => {
    fc.assert(
      fc.property(forms, (form) => {
        const losses = new Losses('strict', 'messages');
        const body = writeRequest({ ...form, metadata: undefined }, model, new Losses('strict', 'responses'));
        checkFates(
          { ...body, text: undefined, prompt_cache_key: undefined, service_tier: undefined, user: undefined },
          responsesFates,
          'messages',
          losses,
        );
        assert.deepEqual(
          losses.dropped.filter((field) => !field.endsWith('.detail')),
          [],
        );
      }),
    );
  });

  it('a whole request, as the SDK types it', () => {
    const { body, dropped } = write({
      turns: [
        { role: 'system', parts: [text('be brief')] },
        user(text('hi'), { kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } }),
        assistant(text('looking'), call('call_1', '{"a":1}')),
        user(result('call_1', 'sunny'), text('and?')),
      ],
      tools: [{ name: 'n', description: undefined, parameters: undefined, strict: undefined }],
      toolChoice: { kind: 'allowed', mode: 'required', names: ['n'] },
      output: {
        kind: 'schema',
        name: undefined,
        description: undefined,
        schema: { type: 'object' },
        strict: undefined,
      },
      reasoning: { effort: 'max', budgetTokens: undefined, isShown: true },
      stream: true,
    });
    const expected: ResponseCreateParamsBase = {
      model,
      instructions: 'be brief',
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'hi' },
            { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,AAAA' },
          ],
        },
        { type: 'message', role: 'assistant', content: 'looking' },
        { type: 'function_call', call_id: 'call_1', name: 'n', arguments: '{"a":1}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
        { type: 'message', role: 'user', content: 'and?' },
      ],
      tools: [{ type: 'function', name: 'n', parameters: null, strict: false }],
      tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'n' }] },
      text: { format: { type: 'json_schema', name: 'output', schema: { type: 'object' } } },
      reasoning: { effort: 'max', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      store: false,
      stream: true,
    };
    assert.deepEqual(body, expected);
    assert.deepEqual(dropped, []);
  });

  it('a tool that is not said to be strict is not', () => {
    const tool = { name: 'n', description: undefined, parameters: { type: 'object' } };
    const strictOf = (strict: boolean | undefined) =>
      (write({ tools: [{ ...tool, strict }] }).body.tools as { strict: boolean }[])[0]?.strict;
    assert.deepEqual([strictOf(undefined), strictOf(false), strictOf(true)], [false, false, true]);
  });

  it('system texts keep their places and their borders', () => {
    const system = (...values: string[]): Turn => ({ role: 'system', parts: values.map(text) });
    assert.deepEqual(itemsOf(system('a', 'b'), user(text('c')), system('d')), [
      {
        type: 'message',
        role: 'system',
        content: [
          { type: 'input_text', text: 'a' },
          { type: 'input_text', text: 'b' },
        ],
      },
      { type: 'message', role: 'user', content: 'c' },
      { type: 'message', role: 'system', content: 'd' },
    ]);
    assert.equal(write({ turns: [system('a', 'b')] }).body.instructions, undefined);
  });

  it('empty texts of the assistant are no items', () => {
    assert.deepEqual(itemsOf(assistant(text(''), call('c')), user(result('c', ''))), [
      { type: 'function_call', call_id: 'c', name: 'n', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: '' },
    ]);
  });

  it('ids that are not portable are mapped alike in calls and results', () => {
    const id = `functions.web_fetch:0|${'x'.repeat(90)}`;
    const [made, answered] = itemsOf(assistant(call(id, '')), user(result(id, 'r'))) as {
      call_id: string;
      arguments?: string;
    }[];
    assert.equal(made?.call_id, portableId(id));
    assert.equal(answered?.call_id, portableId(id));
    assert.equal(made?.arguments, '{}');
  });

  it('results in any order keep it, and a missing one is added as an error where none is', () => {
    const { body, dropped } = write({
      turns: [assistant(call('a'), call('b'), call('c')), user(result('c', '3'), result('a', '1'))],
    });
    const outputs = (body.input as { type: string; call_id: string; output: string }[]).filter(
      ({ type }) => type === 'function_call_output',
    );
    assert.deepEqual(
      outputs.map(({ call_id }) => call_id),
      ['b', 'c', 'a'],
    );
    assert.match(outputs[0]?.output ?? '', /^Error: /);
    assert.deepEqual(dropped, ['tool_results']);
  });

  it('an error keeps its mark as a prefix', () => {
    const outputs = (
      itemsOf(
        assistant(call('a'), call('b')),
        user(result('a', 'no such file', true), result('b', '', true)),
      ) as { output?: string }[]
    ).flatMap(({ output }) => output ?? []);
    assert.deepEqual(outputs, ['Error: no such file', 'Error: the tool failed.']);
  });

  it('images within results stay there', () => {
    const image: Part = {
      kind: 'tool-result',
      callId: 'a',
      name: 'n',
      isError: false,
      parts: [{ kind: 'image', source: { type: 'url', url: 'https://a.example/b.png' }, detail: 'low' }],
    };
    assert.deepEqual(itemsOf(user(image)), [
      {
        type: 'function_call_output',
        call_id: 'a',
        output: [{ type: 'input_image', detail: 'low', image_url: 'https://a.example/b.png' }],
      },
    ]);
  });

  it("only OpenAI's own reasoning goes back, under its own id or none", () => {
    const reasoning = (blob: string, provider: 'openai' | 'anthropic'): Part => ({
      kind: 'reasoning',
      text: 't',
      carried: { provider, blob },
    });
    const { body, dropped } = write({
      turns: [
        assistant(
          reasoning('rs_1|gAAA', 'openai'),
          reasoning('gBBB', 'openai'),
          reasoning('c2ln', 'anthropic'),
          { kind: 'reasoning', text: 't', carried: undefined },
        ),
      ],
    });
    assert.deepEqual(body.input, [
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 't' }],
        encrypted_content: 'gAAA',
      },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 't' }], encrypted_content: 'gBBB' },
    ]);
    assert.deepEqual(dropped, ['reasoning']);
    assert.deepEqual(body.include, ['reasoning.encrypted_content']);
  });

  it('a refusal is an item with an id that OpenAI accepts', () => {
    const [item] = itemsOf(assistant({ kind: 'refusal', text: 'no' })) as { id: string }[];
    assert.match(item?.id ?? '', /^msg_[0-9a-f]{32}$/);
  });

  it('budgets of tokens become efforts', () => {
    const effortOf = (budgetTokens: number) =>
      write({ reasoning: { effort: undefined, budgetTokens, isShown: undefined } }).body.reasoning;
    assert.deepEqual([0, 1024, 4096, 31_999].map(effortOf), [
      { effort: 'none' },
      { effort: 'low' },
      { effort: 'medium' },
      { effort: 'high' },
    ]);
    assert.equal(effortOf(-1), undefined);
    assert.equal(
      write({ reasoning: { effort: 'none', budgetTokens: undefined, isShown: false } }).body.include,
      undefined,
    );
  });

  it('limits below the least that OpenAI takes are raised with a signal, and 0 fills the cache', () => {
    const raised = write({ maxOutputTokens: 1 });
    assert.equal(raised.body.max_output_tokens, 16);
    assert.deepEqual(raised.dropped, ['max_tokens']);
    const { body } = write({ maxOutputTokens: 0 });
    assert.deepEqual([body.max_output_tokens, body.prompt_cache_options], [undefined, { prewarm: true }]);
  });

  it('what changes the meaning is refused', () => {
    refuses({ choices: 2 }, 'n');
    refuses(
      { turns: [user({ kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'AAAA' } })] },
      'audio',
    );
    refuses(
      { turns: [assistant({ kind: 'image', source: { type: 'url', url: 'https://a.example' } })] },
      'image',
    );
    assert.deepEqual(write({ choices: 2 }, 'lenient').dropped, ['n']);
  });

  it('what only tunes is dropped with a signal', () => {
    const { dropped } = write({
      topK: 1,
      serviceTier: 'batch',
      turns: [{ ...user(text('x')), name: 'ann' }],
    });
    assert.deepEqual(dropped, ['top_k', 'name', 'service_tier']);
  });

  it("tiers in others' words, and only OpenAI's own lifetimes of caches", () => {
    assert.equal(write({ serviceTier: 'standard_only' }).body.service_tier, 'default');
    const marked = write({
      turns: [
        user(
          { kind: 'text', text: 'a', cache: { ttl: '12h' } },
          { kind: 'text', text: 'b', cache: { ttl: '5m' } },
        ),
      ],
    });
    assert.deepEqual(marked.body.input, [
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
          { type: 'input_text', text: 'b' },
        ],
      },
    ]);
    assert.deepEqual(marked.dropped, ['cache_control']);
  });

  it('mail addresses and long ids of users go out as a hash', () => {
    const written = (endUser: string) => String(write({ endUser }).body.safety_identifier);
    assert.equal(written('user_1'), 'user_1');
    for (const endUser of ['a@b.example', 'x'.repeat(129)]) assert.match(written(endUser), /^[\w-]{43}$/);
  });
});
