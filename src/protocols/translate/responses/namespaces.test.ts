/** Tools in namespaces, as Codex declares its agents, over protocols that have none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../protocol.ts';
import { exchange } from '../test-translation.ts';

const parameters = { type: 'object', properties: { id: { type: 'string' } } };
const close = { type: 'function', name: 'close', description: 'Closes one.', strict: false, parameters };
const request = {
  model: 'm',
  tools: [
    { type: 'namespace', name: 'agents', description: 'Sub-agents.', tools: [close] },
    { ...close, description: 'Closes a file.' },
  ],
  input: [
    { role: 'user', content: 'Close them' },
    { type: 'function_call', call_id: 'a', namespace: 'agents', name: 'close', arguments: '{}' },
    { type: 'function_call', call_id: 'b', name: 'close', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', namespace: 'agents', name: 'close', output: 'closed' },
    { type: 'function_call_output', call_id: 'b', output: 'closed' },
  ],
};

interface Declared {
  readonly name: string;
  readonly description: string;
}
type Turns = readonly { readonly content: readonly JsonObject[] }[];

describe('a tool in a namespace', () => {
  it('has a name of its own, and the description of the namespace', () => {
    const { body, dropped } = exchange('responses', 'messages', request);
    const [member, plain] = body.tools as readonly Declared[];
    assert.match(member?.name ?? '', /^agents__close_\w+$/);
    assert.equal(member?.description, 'Sub-agents.\n\nCloses one.');
    assert.deepEqual([plain?.name, plain?.description], ['close', 'Closes a file.']);
    const [, calls] = body.messages as Turns;
    assert.deepEqual(
      calls?.content.map(({ name }) => name),
      [member?.name, 'close'],
    );
    assert.deepEqual(dropped, ['tools[].name']);
  });

  it('has one name in its declaration, its calls and their results', () => {
    const { body } = exchange('responses', 'gemini', request);
    const named = JSON.stringify(body).match(/"name":"[^"]+"/g);
    const member = '"name":"agents::close"';
    const plain = '"name":"close"';
    assert.deepEqual(named?.sort(), [member, member, member, plain, plain, plain]);
  });

  it('has its name in a result whose call is not in the history', () => {
    const [hello, , , result] = request.input;
    const { body } = exchange('responses', 'gemini', { model: 'm', input: [hello, result] });
    assert.match(JSON.stringify(body.contents), /"name":"agents::close"/);
  });

  it('is called in its namespace, whole and streamed', () => {
    const whole = exchange('responses', 'messages', request);
    const content = (whole.body.tools as readonly Declared[]).map(({ name }, index) => {
      return { type: 'tool_use', id: `toolu_${index}`, name, input: {} };
    });
    const { output } = whole.json({ id: 'm', content, stop_reason: 'tool_use' });
    const places = output.map(({ namespace, name }: JsonObject) => [namespace, name]);
    assert.deepEqual(places, [
      ['agents', 'close'],
      [undefined, 'close'],
    ]);

    const streamed = exchange('responses', 'gemini', request, { form: 'sse' });
    const parts = [{ functionCall: { name: 'agents::close', args: {} } }];
    const chunk = { candidates: [{ content: { parts }, finishReason: 'STOP' }] };
    const { text } = streamed.respond(`data: ${JSON.stringify(chunk)}\n\n`);
    assert.match(text, /"namespace":"agents","name":"close"/);
    assert.doesNotMatch(text, /::/);
  });

  it('is refused if it is no function', () => {
    const tools = [{ type: 'namespace', name: 'n', description: '', tools: [{ type: 'custom', name: 'c' }] }];
    assert.throws(() => exchange('responses', 'chat', { ...request, tools }), /"custom"/);
  });
});
