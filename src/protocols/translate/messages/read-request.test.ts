import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages/messages.js';
import type { JsonObject } from '../../protocol.ts';
import { wrap } from '../carrier.ts';
import type { Part } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { messagesClient } from './client.ts';

const hello: MessageCreateParams = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };

function read(body: object) {
  const losses = new Losses('strict', 'chat');
  const request = messagesClient.readRequest({ ...hello, ...body } as JsonObject, losses);
  return { request, dropped: losses.dropped };
}

const partsOf = (content: unknown, role = 'user'): readonly Part[] =>
  read({ messages: [{ role, content }] }).request.turns[0]?.parts ?? [];

const refuses = (body: object, param: string) =>
  assert.throws(() => read(body), { code: 'invalid_body', param });

describe('requests of Anthropic clients', () => {
  it('have instructions at the top and in the middle where they stand', () => {
    const system = [
      { type: 'text', text: 'A', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'B' },
    ];
    const messages = [
      ...hello.messages,
      { role: 'system', content: 'C' },
      { role: 'assistant', content: 'D' },
    ];
    assert.deepEqual(read({ system, messages }).request.turns, [
      {
        role: 'system',
        parts: [
          { kind: 'text', text: 'A', cache: { ttl: '1h' } },
          { kind: 'text', text: 'B' },
        ],
      },
      { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
      { role: 'system', parts: [{ kind: 'text', text: 'C' }] },
      { role: 'assistant', parts: [{ kind: 'text', text: 'D' }] },
    ]);
    assert.equal(read({ system: 'S' }).request.turns[0]?.role, 'system');
  });

  it('lose the block by which Claude Code reports to Anthropic: it differs in each request', () => {
    const system = [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.177; cch=36ee5;' },
      { type: 'text', text: 'You are Claude Code.' },
    ];
    assert.deepEqual(read({ system }).request.turns[0]?.parts, [
      { kind: 'text', text: 'You are Claude Code.' },
    ]);
    assert.equal(read({ system: system.slice(0, 1) }).request.turns.length, 1);
  });

  it('say how much to think', () => {
    const reasoning = (thinking: object | undefined, effort?: string) =>
      read({ ...(thinking && { thinking }), ...(effort && { output_config: { effort } }) }).request.reasoning;
    const asked = (effort?: string, budgetTokens?: number, isShown?: boolean) => ({
      effort,
      budgetTokens,
      isShown,
    });
    assert.deepEqual(reasoning(undefined), undefined);
    assert.deepEqual(reasoning(undefined, 'max'), asked('max'));
    assert.deepEqual(reasoning({ type: 'adaptive' }), asked(undefined, -1));
    assert.deepEqual(
      reasoning({ type: 'adaptive', display: 'summarized' }, 'xhigh'),
      asked('xhigh', undefined, true),
    );
    assert.deepEqual(
      reasoning({ type: 'enabled', budget_tokens: 2048, display: 'omitted' }),
      asked(undefined, 2048, false),
    );
    assert.deepEqual(reasoning({ type: 'disabled' }, 'high'), asked('none'));
    assert.deepEqual(reasoning({ type: 'between_tools' }), asked('low'));
  });

  it('choose tools', () => {
    const choice = (tool_choice: object) => {
      const { toolChoice, parallelToolCalls } = read({ tool_choice }).request;
      return [toolChoice, parallelToolCalls];
    };
    assert.deepEqual(choice({ type: 'auto' }), [{ kind: 'auto' }, undefined]);
    assert.deepEqual(choice({ type: 'any', disable_parallel_tool_use: true }), [{ kind: 'required' }, false]);
    assert.deepEqual(choice({ type: 'tool', name: 'a', disable_parallel_tool_use: false }), [
      { kind: 'tool', name: 'a' },
      true,
    ]);
    assert.deepEqual(choice({ type: 'none' }), [{ kind: 'none' }, undefined]);
  });

  it('have tools of their own only: others have no schema', () => {
    const input_schema = { type: 'object', properties: { type: { const: 'x' } } };
    const tools = [
      { name: 'a', input_schema, description: 'A', strict: true, cache_control: { type: 'ephemeral' } },
      { type: 'bash_20250124', name: 'bash' },
    ];
    assert.deepEqual(read({ tools }).request.tools, [
      { name: 'a', description: 'A', parameters: input_schema, strict: true, cache: { ttl: undefined } },
    ]);
  });

  it('have a schema for the output, by its name of the beta too', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const output = {
      kind: 'schema',
      name: undefined,
      description: undefined,
      schema: format.schema,
      strict: undefined,
    };
    assert.deepEqual(read({ output_config: { format } }).request.output, output);
    assert.deepEqual(read({ output_format: format }).request.output, output);
  });

  const malformed: readonly (readonly [object, string])[] = [
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ messages: {} }, 'messages'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[].role'],
    [{ messages: [{ role: 'user' }] }, 'messages[].content'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[].content[].text'],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input: 'c' }] }] },
      'messages[].content[].input',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
      'messages[].content[].tool_use_id',
    ],
    [{ system: 1 }, 'system'],
    [{ tools: [{ name: 'a' }] }, 'tools[].input_schema'],
    [{ tool_choice: { type: 'some' } }, 'tool_choice.type'],
    [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [{ thinking: { type: 'much' } }, 'thinking.type'],
    [{ output_config: { effort: 'huge' } }, 'output_config.effort'],
    [{ output_config: { format: { type: 'xml' } } }, 'output_config.format'],
    [{ stop_sequences: [1] }, 'stop_sequences'],
  ];
  for (const [body, param] of malformed) {
    it(`are refused for ${JSON.stringify(body)}`, () => refuses(body, param));
  }
});

describe('content blocks of Anthropic clients', () => {
  it('are thinking with its signature, whose ever it is', () => {
    const foreign = wrap({ provider: 'openai', blob: 'enc', seal: 's' }, 'anthropic');
    const content = [
      { type: 'thinking', thinking: 'why', signature: 'c2ln' },
      { type: 'thinking', thinking: '', signature: 'c2ln' },
      { type: 'thinking', thinking: 'why', signature: '' },
      { type: 'thinking', thinking: 'why', signature: foreign },
      { type: 'redacted_thinking', data: 'ZGF0YQ' },
    ];
    const own = (blob: string) => ({ provider: 'anthropic', blob });
    assert.deepEqual(partsOf(content, 'assistant'), [
      { kind: 'reasoning', text: 'why', carried: own('c2ln') },
      { kind: 'reasoning', text: '', carried: own('c2ln') },
      { kind: 'reasoning', text: 'why', carried: undefined },
      { kind: 'reasoning', text: 'why', carried: { provider: 'openai', blob: 'enc', seal: 's' } },
      { kind: 'reasoning', text: '', carried: own('ZGF0YQ'), isRedacted: true },
    ]);
  });

  it('give a call its signature back, which came in a block before it', () => {
    const signature = wrap({ provider: 'gemini', blob: 'c2ln', seal: 's' }, 'anthropic');
    const call = (id: string) => ({ type: 'tool_use', id, name: 'look', input: { a: 1 } });
    const content = [{ type: 'thinking', thinking: '', signature }, call('a'), call('b')];
    const part = { kind: 'tool-call', name: 'look', arguments: '{"a":1}' };
    assert.deepEqual(partsOf(content, 'assistant'), [
      { ...part, id: 'a', carried: { provider: 'gemini', blob: 'c2ln', seal: 's' } },
      { ...part, id: 'b' },
    ]);
    const thought = { type: 'thinking', thinking: 'why', signature };
    assert.equal(partsOf([thought, call('a')], 'assistant').length, 2);
  });

  it('are results with texts, images, errors', () => {
    const content = [
      { type: 'tool_result', tool_use_id: 'a', content: 'x', is_error: true },
      {
        type: 'tool_result',
        tool_use_id: 'b',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } }],
        cache_control: { type: 'ephemeral' },
      },
      { type: 'tool_result', tool_use_id: 'c' },
    ];
    const result = { kind: 'tool-result', name: undefined, isError: false };
    assert.deepEqual(partsOf(content), [
      { ...result, callId: 'a', isError: true, parts: [{ kind: 'text', text: 'x' }] },
      {
        ...result,
        callId: 'b',
        parts: [{ kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AA' } }],
        cache: { ttl: undefined },
      },
      { ...result, callId: 'c', parts: [] },
    ]);
  });

  it('are documents: bytes and URLs as files, others as what they hold, with a signal', () => {
    const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0' };
    const documents = [
      { type: 'document', source: pdf, title: 'a.pdf' },
      { type: 'document', source: { type: 'url', url: 'https://a/b' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' }, title: 'T' },
      { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'y' }] } },
      { type: 'document', source: { type: 'content', content: 'z' } },
    ];
    const { request, dropped } = read({ messages: [{ role: 'user', content: documents }] });
    assert.deepEqual(request.turns[0]?.parts, [
      {
        kind: 'file',
        source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBERi0' },
        filename: 'a.pdf',
      },
      { kind: 'file', source: { type: 'url', url: 'https://a/b' } },
      { kind: 'text', text: 'T\n\nx' },
      { kind: 'text', text: 'y' },
      { kind: 'text', text: 'z' },
    ]);
    assert.deepEqual(dropped, ['document']);
  });

  it('are search results as text, with a signal', () => {
    const block = {
      type: 'search_result',
      source: 'https://a',
      title: 'T',
      content: [{ type: 'text', text: 'x' }],
    };
    const { request, dropped } = read({ messages: [{ role: 'user', content: [block] }] });
    assert.deepEqual(request.turns[0]?.parts, [{ kind: 'text', text: 'T\nhttps://a\nx' }]);
    assert.deepEqual(dropped, ['search_result']);
  });
});
