import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages/messages.js';
import type { ChannelOptions } from '../../../domain/channel-options.ts';
import type { RequestForm } from '../form/request.ts';
import {
  call,
  form,
  type Given,
  hello,
  look,
  refuses,
  result,
  results,
  says,
  system,
  user,
  write,
} from './test-forms.ts';

describe('requests written for Anthropic upstreams', () => {
  it('have the least that the API demands', () => {
    const expected: MessageCreateParams = {
      model: 'claude-opus-4-8',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hello' }],
    };
    assert.deepEqual(write(form(hello)), { body: expected, dropped: [] });
  });

  it('are refused without a limit of the output, which the translator knows', () => {
    refuses(form(hello, { maxOutputTokens: undefined }), 'max_tokens');
  });

  it('hash what identifies a person', () => {
    const sent = (endUser: string) => write(form(hello, { endUser })).body.metadata?.user_id;
    assert.equal(sent('user-7'), 'user-7');
    assert.match(sent('ann@example.org') ?? '', /^[0-9a-f]{40,64}$/);
    assert.doesNotMatch(sent('+49 170 1234567') ?? '', /49/);
  });

  it('refuse JSON without a schema, and have a schema without a name', () => {
    refuses(form(hello, { output: { kind: 'json' } }), 'response_format');
    assert.deepEqual(write(form(hello, { output: { kind: 'json' } }), { policy: 'lenient' }).dropped, [
      'response_format',
    ]);
    const schema = { type: 'object', additionalProperties: false };
    const { body } = write(
      form(hello, { output: { kind: 'schema', name: 'n', description: undefined, schema, strict: true } }),
    );
    assert.deepEqual(body.output_config, { format: { type: 'json_schema', schema } });
  });
});

describe('sampling parameters', () => {
  const sampled = form(hello, { temperature: 1.4, topP: 0.9, topK: 3 });
  const sent = (request: RequestForm, model: string) => {
    const { body, dropped } = write(request, { model });
    const { temperature, top_p, top_k } = body as unknown as Record<string, unknown>;
    return [temperature, top_p, top_k, dropped];
  };

  it('are dropped with a signal for the newest models', () => {
    assert.deepEqual(sent(sampled, 'claude-opus-4-7'), [
      undefined,
      undefined,
      undefined,
      ['temperature', 'top_p', 'top_k'],
    ]);
    const defaults = form(hello, { temperature: 1, topP: 1 });
    assert.deepEqual(sent(defaults, 'claude-opus-4-7'), [undefined, undefined, undefined, []]);
  });

  it('are cut to the range, never scaled', () => {
    assert.deepEqual(sent(sampled, 'claude-sonnet-4-20250514'), [1, 0.9, 3, ['temperature']]);
    const low = form(hello, { temperature: 0 });
    assert.deepEqual(sent(low, 'claude-sonnet-4-20250514'), [0, undefined, undefined, []]);
  });

  it('are not both sent where the model takes only one', () => {
    assert.deepEqual(sent(sampled, 'claude-opus-4-6'), [1, undefined, 3, ['temperature', 'top_p']]);
    assert.deepEqual(sent(form(hello, { topP: 0.9 }), 'claude-opus-4-6'), [undefined, 0.9, undefined, []]);
  });

  it('are dropped with a signal while the model thinks', () => {
    const reasoning = { effort: 'low', budgetTokens: undefined, isShown: undefined } as const;
    const thinking = form(hello, { temperature: 0.5, topP: 0.97, topK: 3, reasoning, maxOutputTokens: 9000 });
    assert.deepEqual(sent(thinking, 'claude-sonnet-4-20250514'), [
      undefined,
      0.97,
      undefined,
      ['temperature', 'top_k'],
    ]);
  });
});

describe('instructions', () => {
  it('at the beginning go to the top in their order', () => {
    assert.equal(write(form([system('A'), ...hello])).body.system, 'A');
    const { body } = write(form([system('A'), system(' '), { ...system('B'), role: 'developer' }, ...hello]));
    assert.deepEqual(body.system, [
      { type: 'text', text: 'A' },
      { type: 'text', text: 'B' },
    ]);
  });

  it('in the middle are turns after those of the user where the model takes them', () => {
    const turns = [
      user('1'),
      system('A'),
      system('B'),
      says({ kind: 'text', text: '2' }),
      system('C'),
      user('3'),
    ];
    const { body, dropped } = write(form(turns));
    assert.deepEqual(body.messages, [
      { role: 'user', content: '1' },
      {
        role: 'system',
        content: [
          { type: 'text', text: 'A' },
          { type: 'text', text: 'B' },
        ],
      },
      { role: 'assistant', content: '2' },
      { role: 'user', content: '3' },
      { role: 'system', content: 'C' },
    ]);
    assert.deepEqual(dropped, []);
  });

  it('in the middle are marked texts of the user for older models, with a signal', () => {
    const { body, dropped } = write(form([user('1'), system('A'), user('2')]), { model: 'claude-opus-4-7' });
    assert.deepEqual(body.messages, [
      {
        role: 'user',
        content: [
          { type: 'text', text: '1' },
          { type: 'text', text: '<system>\nA\n</system>' },
          { type: 'text', text: '2' },
        ],
      },
    ]);
    assert.deepEqual(dropped, ['system']);
  });

  it('in the middle keep their role by option', () => {
    const turns = [system('A'), user('1'), system('B')];
    const model = 'claude-opus-4-5';
    const messagesFor = (options: ChannelOptions) => write(form(turns), { model, options }).body.messages;
    const kept = [
      { role: 'user', content: '1' },
      { role: 'system', content: 'B' },
    ];
    assert.deepEqual(messagesFor({ system_in_middle: 'system' }), kept);
    assert.deepEqual(messagesFor({ system_in_middle: 'developer' }), kept);
    assert.notDeepEqual(messagesFor({}), kept);
    assert.deepEqual(messagesFor({ system_in_middle: 'user' }), messagesFor({}));
  });

  it('after an assistant message at the end are a turn of the user', () => {
    const turns = [user('1'), says({ kind: 'text', text: '2' }), system('A')];
    for (const system_in_middle of ['system', 'user'] as const) {
      const { body } = write(form(turns), { options: { system_in_middle } });
      assert.deepEqual(body.messages.at(-1), { role: 'user', content: '<system>\nA\n</system>' });
    }
  });

  it('alone become the message of the user', () => {
    const { body, dropped } = write(form([system('A'), system('B')]));
    assert.equal(body.system, 'A');
    assert.deepEqual(body.messages, [{ role: 'user', content: 'B' }]);
    assert.deepEqual(dropped, ['system']);
  });
});

describe('turns', () => {
  it('of one side in a row are one message', () => {
    const turns = [
      user('1'),
      user('2'),
      says({ kind: 'text', text: '3' }),
      says(call('a')),
      results(result('a')),
    ];
    const { body } = write(form(turns));
    assert.deepEqual(
      body.messages.map(({ role, content }) => [role, content.length]),
      [
        ['user', 2],
        ['assistant', 2],
        ['user', 1],
      ],
    );
  });

  it('without anything but blank texts are left out', () => {
    const turns = [user('1', ' '), says({ kind: 'text', text: '' }), user('2')];
    assert.deepEqual(write(form(turns)).body.messages, [
      {
        role: 'user',
        content: [
          { type: 'text', text: '1' },
          { type: 'text', text: '2' },
        ],
      },
    ]);
    refuses(form([user('')]), 'messages');
  });

  it('of the assistant at the end are refused by newer models, and trimmed for older ones', () => {
    const turns = [user('1'), says({ kind: 'text', text: 'So: \n' })];
    refuses(form(turns), 'messages');
    refuses(form(turns), 'messages', { policy: 'lenient' });
    assert.deepEqual(write(form(turns), { model: 'claude-sonnet-4-5' }).body.messages.at(-1), {
      role: 'assistant',
      content: 'So:',
    });
  });

  it('keep refusals as text', () => {
    const turns = [user('1'), says({ kind: 'refusal', text: 'No.' }), user('2')];
    assert.deepEqual(write(form(turns)).body.messages[1], {
      role: 'assistant',
      content: [{ type: 'text', text: 'No.' }],
    });
  });
});

describe('tools and the choice among them', () => {
  const choose = (more: Partial<RequestForm>, given: Given = {}) => {
    const { body, dropped } = write(
      form(hello, { tools: [look, { ...look, name: 'find' }], ...more }),
      given,
    );
    return [body.tool_choice, body.tools?.map((tool) => ('name' in tool ? tool.name : '')), dropped];
  };
  const both = ['look', 'find'];

  it('has a schema of an object for a tool that has none', () => {
    const { body } = write(
      form(hello, { tools: [look, { ...look, name: 'b', parameters: { properties: {} }, strict: true }] }),
    );
    assert.deepEqual(body.tools, [
      { name: 'look', input_schema: { type: 'object' } },
      { name: 'b', input_schema: { type: 'object', properties: {} }, strict: true },
    ]);
    refuses(form(hello, { tools: [{ ...look, parameters: { type: 'array' } }] }), 'tools[].parameters');
  });

  it('has the names of this protocol', () => {
    assert.deepEqual(choose({}), [undefined, both, []]);
    assert.deepEqual(choose({ toolChoice: { kind: 'auto' } }), [{ type: 'auto' }, both, []]);
    assert.deepEqual(choose({ toolChoice: { kind: 'none' } }), [{ type: 'none' }, both, []]);
    assert.deepEqual(choose({ toolChoice: { kind: 'required' } }), [{ type: 'any' }, both, []]);
    assert.deepEqual(choose({ toolChoice: { kind: 'tool', name: 'look' } }), [
      { type: 'tool', name: 'look' },
      both,
      [],
    ]);
  });

  it('filters the tools by those that are allowed', () => {
    const allowed = (mode: 'auto' | 'required', ...names: readonly string[]) =>
      choose({ toolChoice: { kind: 'allowed', mode, names } });
    assert.deepEqual(allowed('required', 'find'), [{ type: 'any' }, ['find'], []]);
    assert.deepEqual(allowed('auto', 'find'), [{ type: 'auto' }, ['find'], []]);
    assert.deepEqual(allowed('auto', 'gone'), [{ type: 'none' }, both, []]);
  });

  it('carries the wish for one call at a time, with "auto" where there is no choice', () => {
    const single = { type: 'auto', disable_parallel_tool_use: true };
    assert.deepEqual(choose({ parallelToolCalls: false })[0], single);
    assert.deepEqual(choose({ parallelToolCalls: true })[0], undefined);
    assert.deepEqual(choose({ parallelToolCalls: false, toolChoice: { kind: 'none' } })[0], { type: 'none' });
  });

  it('is left out without tools, unless one is forced', () => {
    assert.deepEqual(choose({ tools: [], toolChoice: { kind: 'auto' }, parallelToolCalls: false }), [
      undefined,
      undefined,
      [],
    ]);
    assert.throws(() => choose({ tools: [], toolChoice: { kind: 'required' } }), { param: 'tool_choice' });
  });

  it('turns thinking off where a tool is forced, and is refused by models that always think', () => {
    const reasoning = { effort: 'high', budgetTokens: undefined, isShown: undefined } as const;
    const forced = { reasoning, toolChoice: { kind: 'required' } } as const;
    const { body, dropped } = write(form(hello, { tools: [look], ...forced }));
    assert.deepEqual(
      [body.thinking, body.tool_choice, dropped],
      [{ type: 'disabled' }, { type: 'any' }, ['reasoning']],
    );
    const never = { model: 'claude-fable-5' };
    assert.throws(() => choose(forced, never), { param: 'tool_choice' });
    assert.deepEqual(choose(forced, { ...never, policy: 'lenient' }), [
      { type: 'auto' },
      both,
      ['tool_choice'],
    ]);
  });
});
