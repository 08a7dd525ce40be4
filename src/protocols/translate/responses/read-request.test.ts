import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import { HalleyError } from '../../../platform/errors.ts';
import type { JsonObject } from '../../protocol.ts';
import { wrap } from '../carrier.ts';
import type { Part, RequestForm } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { readRequest } from './read-request.ts';

type Body = Partial<ResponseCreateParamsBase>;

const read = (body: Body | JsonObject, losses = new Losses('strict', 'messages')): RequestForm =>
  readRequest(body as JsonObject, losses);
const partsOf = (input: unknown): readonly Part[] => read({ input }).turns.flatMap(({ parts }) => parts);

const refuses = (body: JsonObject, param: string, message = /./) =>
  assert.throws(
    () => read(body),
    (error: unknown) => error instanceof HalleyError && error.param === param && message.test(error.message),
    param,
  );

describe('reading a Responses request', () => {
  it('an input that is a text is a turn of the user', () => {
    assert.deepEqual(read({ input: 'hi' }).turns, [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }]);
  });

  it('instructions are the first system turn', () => {
    const { turns } = read({ instructions: 'be brief', input: [{ role: 'developer', content: 'x' }] });
    assert.deepEqual(turns, [
      { role: 'system', parts: [{ kind: 'text', text: 'be brief' }] },
      { role: 'developer', parts: [{ kind: 'text', text: 'x' }] },
    ]);
  });

  it('flat items of the model become one turn, and results of its calls another', () => {
    const input: ResponseCreateParamsBase['input'] = [
      { role: 'user', content: 'weather?' },
      {
        id: 'rs_1',
        type: 'reasoning',
        summary: [
          { type: 'summary_text', text: 'a' },
          { type: 'summary_text', text: 'b' },
        ],
        encrypted_content: 'gAAA',
      },
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'looking', annotations: [] }],
      },
      { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'a', arguments: '' },
      { type: 'function_call', call_id: 'call_2', name: 'b', arguments: '{"n":12345678901234567890}' },
      { type: 'function_call_output', call_id: 'call_2', output: 'two' },
      {
        type: 'function_call_output',
        call_id: 'call_1',
        output: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' }],
      },
      { role: 'user', content: 'and?' },
    ];
    assert.deepEqual(read({ input }).turns, [
      { role: 'user', parts: [{ kind: 'text', text: 'weather?' }] },
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', text: 'a\n\nb', carried: { provider: 'openai', blob: 'rs_1|gAAA' } },
          { kind: 'text', text: 'looking' },
          { kind: 'tool-call', id: 'call_1', name: 'a', arguments: '{}' },
          { kind: 'tool-call', id: 'call_2', name: 'b', arguments: '{"n":12345678901234567890}' },
        ],
      },
      {
        role: 'user',
        parts: [
          {
            kind: 'tool-result',
            callId: 'call_2',
            name: undefined,
            isError: false,
            parts: [{ kind: 'text', text: 'two' }],
          },
          {
            kind: 'tool-result',
            callId: 'call_1',
            name: undefined,
            isError: false,
            parts: [{ kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } }],
          },
        ],
      },
      { role: 'user', parts: [{ kind: 'text', text: 'and?' }] },
    ]);
  });

  it('unknown items are refused by name, and never read as messages', () => {
    for (const type of [
      'item_reference',
      'compaction',
      'compaction_trigger',
      'configuration_update',
      'custom_tool_call',
      'local_shell_call',
      'new_kind',
    ])
      refuses(
        { input: [{ type, role: 'user', content: 'ignore all' }] },
        'input[].type',
        new RegExp(`"${type}"`),
      );
    const losses = new Losses('lenient', 'messages');
    assert.deepEqual(read({ input: [{ type: 'new_kind', role: 'user', content: 'x' }] }, losses).turns, []);
    assert.deepEqual(losses.dropped, ['input[].type']);
  });

  it('arguments that are no object stay legible within one', () => {
    const losses = new Losses('strict', 'messages');
    const input = [{ type: 'function_call', call_id: 'c', name: 'n', arguments: '{"a":' }];
    const [turn] = read({ input }, losses).turns;
    assert.deepEqual(turn?.parts, [
      { kind: 'tool-call', id: 'c', name: 'n', arguments: '{"invalid_arguments":"{\\"a\\":"}' },
    ]);
    assert.deepEqual(losses.dropped, ['input[].arguments']);
  });

  it('a signature of another provider comes back out of an encrypted text', () => {
    const blob = (text: string) => wrap({ provider: 'anthropic', blob: text, seal: 's' });
    const thinking = {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 't' }],
      encrypted_content: blob('c2ln'),
    };
    const omitted = { type: 'reasoning', summary: [], encrypted_content: blob('c2ln') };
    const redacted = { type: 'reasoning', summary: [], encrypted_content: blob('redacted:ZGF0YQ') };
    const carried = { provider: 'anthropic', blob: 'c2ln', seal: 's' };
    assert.deepEqual(partsOf([thinking, omitted, redacted]), [
      { kind: 'reasoning', text: 't', carried },
      { kind: 'reasoning', text: '', carried },
      {
        kind: 'reasoning',
        text: '',
        carried: { provider: 'anthropic', blob: 'ZGF0YQ', seal: 's' },
        isRedacted: true,
      },
    ]);
  });

  it('the signature of a tool call goes back to its call', () => {
    const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'n', arguments: '{}' });
    const signature = {
      type: 'reasoning',
      summary: [],
      encrypted_content: wrap({ provider: 'gemini', blob: 'call:c1:c2ln', seal: 's' }),
    };
    const [first, second] = partsOf([call('c1'), call('c2'), signature]);
    assert.deepEqual(first?.kind === 'tool-call' && first.carried, {
      provider: 'gemini',
      blob: 'c2ln',
      seal: 's',
    });
    assert.equal(second?.kind === 'tool-call' && second.carried, undefined);
  });

  it('raw reasoning counts where there is no summary, and reasoning that says nothing is no part', () => {
    const raw = { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'raw' }] };
    assert.deepEqual(partsOf([raw, { type: 'reasoning', summary: [] }]), [
      { kind: 'reasoning', text: 'raw', carried: undefined },
    ]);
  });

  it('tools among the items are tools', () => {
    const tool = (name: string) => ({ type: 'function', name, parameters: null, strict: null });
    const { tools } = read({
      input: [{ type: 'additional_tools', role: 'developer', tools: [tool('b')] }],
      tools: [tool('a')],
    });
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual(tools[0], {
      name: 'a',
      description: undefined,
      parameters: undefined,
      strict: undefined,
    });
  });

  it('tools that no other provider has are refused by name', () => {
    for (const type of ['web_search', 'custom', 'mcp', 'tool_search'])
      refuses({ input: 'x', tools: [{ type, name: 'n' }] }, 'tools[].type', new RegExp(`"${type}"`));
    refuses(
      { input: 'x', tool_choice: { type: 'web_search_preview' } },
      'tool_choice.type',
      /web_search_preview/,
    );
  });

  it('every choice of tools', () => {
    const choice = (tool_choice: unknown) => read({ input: 'x', tool_choice }).toolChoice;
    for (const kind of ['auto', 'none', 'required']) assert.deepEqual(choice(kind), { kind });
    assert.deepEqual(choice({ type: 'function', name: 'n' }), { kind: 'tool', name: 'n' });
    const tools = [
      { type: 'function', name: 'a' },
      { type: 'function', name: 'b' },
    ];
    assert.deepEqual(choice({ type: 'allowed_tools', mode: 'auto', tools }), {
      kind: 'allowed',
      mode: 'auto',
      names: ['a', 'b'],
    });
    refuses(
      { input: 'x', tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'mcp' }] } },
      'tool_choice.tools[].type',
    );
  });

  it('formats are flat', () => {
    const schema = { type: 'object' };
    const format = { type: 'json_schema', name: 'n', schema, strict: true } as const;
    assert.deepEqual(read({ input: 'x', text: { format, verbosity: 'low' } }).output, {
      kind: 'schema',
      name: 'n',
      description: undefined,
      schema,
      strict: true,
    });
    assert.deepEqual(read({ input: 'x', text: { format: { type: 'json_object' } } }).output, {
      kind: 'json',
    });
    refuses({ input: 'x', text: { format: { type: 'grammar' } } }, 'text.format.type');
  });

  it('reasoning, with the old name of the summary', () => {
    const reasoning = (given: unknown) => read({ input: 'x', reasoning: given }).reasoning;
    assert.deepEqual(reasoning({ effort: 'xhigh', generate_summary: 'concise' }), {
      effort: 'xhigh',
      budgetTokens: undefined,
      isShown: true,
      summary: 'concise',
    });
    assert.deepEqual(reasoning({ effort: 'none' }), {
      effort: 'none',
      budgetTokens: undefined,
      isShown: undefined,
    });
    assert.equal(reasoning({ effort: null }), undefined);
    refuses({ input: 'x', reasoning: { effort: 'huge' } }, 'reasoning.effort');
  });

  it('asking for encrypted reasoning is harmless, for the unknown dropped', () => {
    const losses = new Losses('strict', 'chat');
    read({ input: 'x', include: ['reasoning.encrypted_content'] }, losses);
    assert.deepEqual(losses.dropped, []);
    read({ input: 'x', include: ['reasoning.encrypted_content', 'file_search_call.results'] }, losses);
    assert.deepEqual(losses.dropped, ['include']);
    assert.equal(read({ input: 'x', include: ['message.output_text.logprobs'] }, losses).logprobs, true);
  });

  it('filling the cache alone is an output of no tokens', () => {
    assert.equal(read({ input: 'x', prompt_cache_options: { prewarm: true } }).maxOutputTokens, 0);
    assert.equal(read({ input: 'x', generate: false, max_output_tokens: 9 }).maxOutputTokens, 0);
    refuses({ input: 'x', max_output_tokens: 0 }, 'max_output_tokens');
  });

  it('cache marks have the lifetime of the request where they give none', () => {
    const part = { type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } };
    const input = [{ role: 'user', content: [part] }];
    const markOf = (body: JsonObject) => read(body).turns[0]?.parts[0];
    assert.deepEqual(markOf({ input }), { kind: 'text', text: 'a', cache: { ttl: '30m' } });
    assert.deepEqual(markOf({ input, prompt_cache_options: { ttl: '12h' } }), {
      kind: 'text',
      text: 'a',
      cache: { ttl: '12h' },
    });
  });

  it('images and files by URL and by data', () => {
    const content = [
      { type: 'input_image', image_url: 'https://a.example/b.png', detail: 'high' },
      { type: 'input_image', image_url: 'data:image/JPEG;charset=utf-8;base64,AAAA' },
      { type: 'input_file', file_url: 'https://a.example/b.pdf' },
      { type: 'input_file', filename: 'c.pdf', file_data: 'JVBE' },
    ];
    assert.deepEqual(partsOf([{ role: 'user', content }]), [
      { kind: 'image', source: { type: 'url', url: 'https://a.example/b.png' }, detail: 'high' },
      { kind: 'image', source: { type: 'base64', mediaType: 'image/jpeg', data: 'AAAA' } },
      { kind: 'file', source: { type: 'url', url: 'https://a.example/b.pdf' } },
      {
        kind: 'file',
        source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
        filename: 'c.pdf',
      },
    ]);
    refuses(
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png,raw' }] }] },
      'input[].content[].image_url',
    );
    refuses(
      { input: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
      'input[].content[].type',
      /input_audio/,
    );
  });

  it('the user is the one of the newer field', () => {
    assert.equal(read({ input: 'x', user: 'a', safety_identifier: 'b' }).endUser, 'b');
    assert.equal(read({ input: 'x', user: 'a' }).endUser, 'a');
  });

  it('what is malformed is named', () => {
    refuses({}, 'input');
    refuses({ input: [1] }, 'input[]');
    refuses({ input: [{ role: 'tool', content: 'x' }] }, 'input[].role');
    refuses({ input: [{ role: 'user', content: 1 }] }, 'input[].content');
    refuses({ input: [{ type: 'function_call', name: 'n', arguments: '{}' }] }, 'input[].call_id');
    refuses({ input: 'x', instructions: [] }, 'instructions');
    refuses({ input: 'x', service_tier: 'ultrafast' }, 'service_tier');
  });
});
