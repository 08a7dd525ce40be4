/** Names of tools that an upstream refuses: derived for it, and the client's own in the response. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { JsonObject } from '../protocol.ts';
import { Losses } from './losses.ts';
import { emptyForm } from './test-form.ts';
import { exchange, upstreams } from './test-translation.ts';
import { withAcceptedNames } from './tool-names.ts';

const parameters = { type: 'object', properties: {} };
const hello = { role: 'user', content: 'Hello' };
const tool = (name: string) => ({ type: 'function', function: { name, parameters } });
const sent = (name: string, target: keyof typeof upstreams) => {
  const tools = [{ name, description: undefined, parameters, strict: undefined }];
  const losses = new Losses('strict', target);
  const { request } = withAcceptedNames({ ...emptyForm, tools }, upstreams[target].toolName, losses);
  return request.tools[0]?.name ?? '';
};

describe('the name that an upstream is sent', () => {
  it('is the name itself where it is accepted', () => {
    const names = [
      ['chat', 'x'.repeat(64)],
      ['responses', '1st-Tool'],
      ['messages', 'x'.repeat(128)],
      ['gemini', `a.b:c-${'x'.repeat(122)}`],
    ] as const;
    for (const [target, name] of nonEmpty(names)) assert.equal(sent(name, target), name);
  });

  it('is accepted, and another one for another name', () => {
    const names = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' });
    fc.assert(
      fc.property(
        names,
        names,
        fc.constantFrom('chat', 'responses', 'messages', 'gemini'),
        (one, two, target) => {
          assert.match(sent(one, target), upstreams[target].toolName);
          assert.equal(sent(one, target) === sent(two, target), one === two);
        },
      ),
    );
    assert.match(sent('1st', 'gemini'), /^_1st_/);
    assert.match(sent('a.b', 'messages'), /^a_b_/);
  });
});

describe('a tool whose name the upstream refuses', () => {
  const name = 'search.the/web';

  it('has one derived name in all of the request, with a signal', () => {
    const called = { id: 'call_1', type: 'function', function: { name, arguments: '{}' } };
    const { body, dropped } = exchange('chat', 'messages', {
      model: 'm',
      messages: [
        hello,
        { role: 'assistant', tool_calls: [called] },
        { role: 'tool', tool_call_id: 'call_1', content: 'found' },
      ],
      tools: [tool(name), tool('plain')],
      tool_choice: { type: 'function', function: { name } },
    });
    const [first, second] = body.tools as readonly { readonly name: string }[];
    assert.match(first?.name ?? '', /^search_the_web_/);
    assert.equal(second?.name, 'plain');
    assert.deepEqual(body.tool_choice, { type: 'tool', name: first?.name });
    const [, calls] = body.messages as readonly { readonly content: readonly JsonObject[] }[];
    assert.equal(calls?.content[0]?.name, first?.name);
    assert.deepEqual(dropped, ['tools[].name']);
  });

  it('is called by its own name in the response, whole and streamed', () => {
    const request = { model: 'm', messages: [hello], tools: [tool(name)] };
    const whole = exchange('chat', 'messages', request);
    const [{ name: derived } = { name: '' }] = whole.body.tools as readonly { readonly name: string }[];
    const block = { type: 'tool_use', id: 'toolu_1', name: derived, input: {} };
    const { choices } = whole.json({ id: 'm', content: [block], stop_reason: 'tool_use' });
    assert.equal(choices[0].message.tool_calls[0].function.name, name);

    const streamed = exchange(
      'messages',
      'gemini',
      {
        model: 'm',
        max_tokens: 9,
        messages: [hello],
        tools: [{ name: '1st', input_schema: parameters }],
      },
      { form: 'sse' },
    );
    const [
      {
        functionDeclarations: [declared],
      },
    ] = streamed.body.tools as [{ readonly functionDeclarations: [{ readonly name: string }] }];
    const call = { functionCall: { name: declared.name, args: {} } };
    const chunk = { candidates: [{ content: { parts: [call] }, finishReason: 'STOP' }] };
    assert.match(streamed.respond(`data: ${JSON.stringify(chunk)}\n\n`).text, /"name":"1st"/);
  });
});
