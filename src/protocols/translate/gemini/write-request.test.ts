/** Requests for Gemini's upstreams. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../protocol.ts';
import type { FunctionTool, MediaPart, Part, ReasoningRequest, ToolChoice, Turn } from '../form/request.ts';
import { assistant, call, contents, gemini, newModel, result, text, user, write } from './test-request.ts';

describe('turns for Gemini', () => {
  it('opening instructions are the system instruction, each by itself; later ones keep their place', () => {
    const { body, dropped } = write({
      turns: [
        { role: 'system', parts: [text('a'), text('b')] },
        { role: 'developer', parts: [text('c')] },
        user(text('hi')),
        assistant(text('hello')),
        { role: 'system', parts: [text('later')] },
        user(text('go on')),
      ],
    });
    assert.deepEqual(body.systemInstruction, { parts: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] });
    assert.deepEqual(body.contents, [
      { role: 'user', parts: [{ text: 'hi' }] },
      { role: 'model', parts: [{ text: 'hello' }] },
      { role: 'user', parts: [{ text: '<system>\nlater\n</system>' }, { text: 'go on' }] },
    ]);
    assert.deepEqual(dropped, ['system']);
  });

  it('instructions alone are sent as contents, which a request must have', () => {
    const { body, dropped } = write({ turns: [{ role: 'system', parts: [text('a')] }] });
    assert.deepEqual(body, { contents: [{ role: 'user', parts: [{ text: 'a' }] }] });
    assert.deepEqual(dropped, ['system']);
  });

  it('empty texts and turns are left out', () => {
    assert.deepEqual(contents(user(text('a')), assistant(text('')), user(text(''), text('b'))), [
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'user', parts: [{ text: 'b' }] },
    ]);
  });

  it('results stand right after their calls, in the order of the calls, with their names', () => {
    const [, , answers] = contents(
      user(text('go')),
      assistant(call('1', 'a', { carried: gemini('s') }), call('2', 'b'), call('3', 'a')),
      user(result('3', 'three')),
      user(result('1', 'one'), text('and now?'), result('2', 'two')),
    );
    assert.deepEqual(answers, {
      role: 'user',
      parts: [
        { functionResponse: { id: '1', name: 'a', response: { output: 'one' } } },
        { functionResponse: { id: '2', name: 'b', response: { output: 'two' } } },
        { functionResponse: { id: '3', name: 'a', response: { output: 'three' } } },
        { text: 'and now?' },
      ],
    });
  });

  it('a call without a result gets an error as one; an error is reported as one', () => {
    const [, , answers] = contents(
      user(text('go')),
      assistant(call('1', 'a'), call('2', 'b')),
      user({ kind: 'tool-result', callId: '2', name: undefined, isError: true, parts: [] }, text('stop')),
    );
    assert.deepEqual(answers?.parts, [
      {
        functionResponse: {
          id: '1',
          name: 'a',
          response: { error: 'The call was cancelled: it has no result.' },
        },
      },
      { functionResponse: { id: '2', name: 'b', response: { error: '' } } },
      { text: 'stop' },
    ]);
    assert.throws(() => contents(user(result('9', 'x'))), { param: 'tool_call_id' });
  });

  it('media of results are parts of them; beside them for models that do not take that', () => {
    const image: MediaPart = {
      kind: 'image',
      source: { type: 'base64', mediaType: 'image/png', data: 'aaaa' },
    };
    const turns = [
      assistant(call('1', 'a')),
      user({ kind: 'tool-result', callId: '1', name: 'a', isError: false, parts: [image] }, text('see')),
    ];
    const inlineData = { mimeType: 'image/png', data: 'aaaa' };
    const functionResponse = { id: '1', name: 'a', response: { output: '' } };
    assert.deepEqual(write({ turns }).body.contents[1]?.parts, [
      { functionResponse: { ...functionResponse, parts: [{ inlineData }] } },
      { text: 'see' },
    ]);
    assert.deepEqual(write({ turns }, 'gemini-2.5-pro').body.contents[1]?.parts, [
      { functionResponse },
      { inlineData },
      { text: 'see' },
    ]);
  });

  it('arguments keep big numbers; what is no object is wrapped', () => {
    const argsOf = (value: string) => {
      const { body, dropped } = write(
        { turns: [assistant(call('1', 'a', { arguments: value }))] },
        'gemini-2.5-pro',
      );
      return [JSON.stringify(body.contents[0]?.parts?.[0]?.functionCall?.args), dropped];
    };
    assert.deepEqual(argsOf('{"id":12345678901234567890}'), ['{"id":12345678901234567890}', []]);
    assert.deepEqual(argsOf(''), ['{}', []]);
    assert.deepEqual(argsOf('{"a":'), ['{"arguments":"{\\"a\\":"}', ['arguments']]);
    assert.deepEqual(argsOf('12345678901234567890'), ['{"arguments":"12345678901234567890"}', ['arguments']]);
  });

  it('ids that others do not take are mapped, the same for call and result', () => {
    const turns = [assistant(call('functions.web:0', 'first')), user(result('functions.web:0', 'x'))];
    const [model, answer] = write({ turns }).body.contents;
    const { id, name } = model?.parts?.[0]?.functionCall ?? {};
    assert.match(id ?? '', /^functions_web_0_/);
    assert.equal(name, 'first');
    assert.equal(answer?.parts?.[0]?.functionResponse?.id, id);
    assert.equal(answer?.parts?.[0]?.functionResponse?.name, name);
  });
});

describe('signatures', () => {
  const dummy = 'skip_thought_signature_validator';
  const signaturesOf = (turns: readonly Turn[], model = newModel) => {
    const { body, dropped } = write({ turns }, model);
    const parts = body.contents.flatMap((content) => content.parts ?? []);
    return {
      dropped,
      signatures: parts.flatMap((part) => (part.functionCall ? (part.thoughtSignature ?? '') : [])),
    };
  };

  it("Gemini's own come back on their parts", () => {
    const [model] = contents(
      assistant(
        { kind: 'reasoning', text: 'hm', carried: gemini('r') },
        text('a'),
        { kind: 'reasoning', text: '', carried: gemini('e') },
        call('1', 'f', { carried: gemini('c') }),
      ),
    );
    assert.deepEqual(model?.parts, [
      { text: 'hm', thought: true, thoughtSignature: 'r' },
      { text: 'a' },
      { text: '', thoughtSignature: 'e' },
      { functionCall: { id: '1', name: 'f', args: {} }, thoughtSignature: 'c' },
    ]);
  });

  it('one that a client kept as reasoning beside the call comes back on the call', () => {
    const kept: Part = { kind: 'reasoning', text: '', carried: gemini('c') };
    for (const parts of [
      [kept, call('1', 'f')],
      [call('1', 'f'), kept],
    ]) {
      const [, model] = contents(user(text('x')), assistant(...parts));
      assert.deepEqual(model?.parts, [
        { functionCall: { id: '1', name: 'f', args: {} }, thoughtSignature: 'c' },
      ]);
    }
  });

  it('the first call of each step of the current turn has one, made up if need be', () => {
    const turns = [
      user(text('old')),
      assistant(call('1', 'f')),
      user(result('1', 'x')),
      user(text('now')),
      assistant(call('2', 'f'), call('3', 'f')),
      user(result('2', 'x'), result('3', 'x')),
      assistant(call('4', 'f', { carried: gemini('own') })),
      user(result('4', 'x')),
    ];
    // The first user text stands beside the results of the first step, so that it ends no turn for sure.
    const { signatures, dropped } = signaturesOf(turns);
    assert.deepEqual(signatures.slice(1), [dummy, '', 'own']);
    assert.deepEqual(dropped, ['reasoning']);
    assert.deepEqual(signaturesOf(turns, 'gemini-2.5-flash'), {
      signatures: ['', '', '', 'own'],
      dropped: [],
    });
  });

  it("a turn before the user's last text needs none", () => {
    const turns = [
      assistant(call('1', 'f')),
      user(result('1', 'x')),
      assistant(text('done')),
      user(text('now')),
    ];
    assert.deepEqual(signaturesOf(turns), { signatures: [''], dropped: [] });
  });

  it('reasoning of others is left out with a signal, and never becomes text', () => {
    const { body, dropped } = write({
      turns: [
        assistant(
          { kind: 'reasoning', text: 'secret', carried: { provider: 'anthropic', blob: 'b' } },
          { kind: 'reasoning', text: 'unsigned', carried: undefined },
          text('a'),
        ),
      ],
    });
    assert.deepEqual(body.contents, [{ role: 'model', parts: [{ text: 'a' }] }]);
    assert.deepEqual(dropped, ['reasoning']);
  });
});

describe('settings for Gemini', () => {
  it('tool choices', () => {
    const tools: readonly FunctionTool[] = [
      { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
    ];
    const configOf = (toolChoice: ToolChoice) =>
      write({ tools, toolChoice }).body.toolConfig?.functionCallingConfig as JsonObject | undefined;
    assert.deepEqual(configOf({ kind: 'auto' }), { mode: 'AUTO' });
    assert.deepEqual(configOf({ kind: 'none' }), { mode: 'NONE' });
    assert.deepEqual(configOf({ kind: 'required' }), { mode: 'ANY' });
    assert.deepEqual(configOf({ kind: 'tool', name: 'f' }), { mode: 'ANY', allowedFunctionNames: ['f'] });
    assert.deepEqual(configOf({ kind: 'allowed', mode: 'auto', names: ['f'] }), {
      mode: 'VALIDATED',
      allowedFunctionNames: ['f'],
    });
    assert.deepEqual(write({ tools }).dropped, ['strict']);
    assert.equal(write({ toolChoice: { kind: 'required' } }).body.toolConfig, undefined);
  });

  it('what only tunes and has no place is dropped with a signal', () => {
    const { body, dropped } = write({
      parallelToolCalls: false,
      serviceTier: 'constructor',
      verbosity: 'low',
    });
    assert.deepEqual(body, { contents: [] });
    assert.deepEqual(dropped, ['parallel_tool_calls', 'service_tier']);
    assert.equal(write({ serviceTier: 'auto' }).body.serviceTier, undefined);
  });

  it('schemas, as they are or in the OpenAPI subset', () => {
    const parameters = { type: 'object', properties: { a: { const: 'x' } }, additionalProperties: false };
    const form = {
      tools: [
        { name: 'f', description: undefined, parameters, strict: undefined },
        { name: 'g', description: undefined, parameters: { type: 'object' }, strict: undefined },
      ],
      output: { kind: 'schema', name: 'n', description: undefined, schema: parameters, strict: true },
    } as const;
    const plain = write(form).body;
    assert.deepEqual(plain.tools, [
      {
        functionDeclarations: [
          { name: 'f', parametersJsonSchema: parameters },
          { name: 'g', parametersJsonSchema: { type: 'object' } },
        ],
      },
    ]);
    assert.deepEqual(plain.generationConfig, {
      responseMimeType: 'application/json',
      responseJsonSchema: parameters,
    });
    const old = write(form, newModel, 'openapi').body;
    const converted = {
      type: 'OBJECT',
      properties: { a: { type: 'STRING', format: 'enum', enum: ['x'] } },
    };
    assert.deepEqual(old.tools, [
      { functionDeclarations: [{ name: 'f', parameters: converted }, { name: 'g' }] },
    ]);
    assert.deepEqual(old.generationConfig, {
      responseMimeType: 'application/json',
      responseSchema: converted,
    });
  });

  const thinking = (model: string, reasoning: Partial<ReasoningRequest>) => {
    const request = { effort: undefined, budgetTokens: undefined, isShown: undefined, ...reasoning };
    const { body, dropped } = write({ turns: [user(text('x'))], reasoning: request }, model);
    return [body.generationConfig?.thinkingConfig, dropped.length > 0];
  };
  for (const [model, reasoning, expected, signal] of [
    [newModel, { effort: 'medium' }, { thinkingLevel: 'MEDIUM' }, false],
    [newModel, { effort: 'none' }, { thinkingLevel: 'MINIMAL' }, true],
    [newModel, { effort: 'max' }, { thinkingLevel: 'HIGH' }, true],
    [
      newModel,
      { budgetTokens: 5000, isShown: true },
      { thinkingLevel: 'MEDIUM', includeThoughts: true },
      false,
    ],
    [newModel, { budgetTokens: -1 }, undefined, false],
    ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'HIGH' }, true],
    ['models/gemini-3.1-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'LOW' }, true],
    ['gemini-2.5-flash', { effort: 'low' }, { thinkingBudget: 1024 }, false],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }, false],
    ['gemini-2.5-flash', { effort: 'high', budgetTokens: 2000 }, { thinkingBudget: 2000 }, false],
    ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }, true],
    ['gemini-2.5-pro', { effort: 'max' }, { thinkingBudget: 32_768 }, false],
    ['gemini-2.5-pro', { budgetTokens: -1 }, { thinkingBudget: -1 }, false],
    ['gemini-2.0-flash', { effort: 'high' }, undefined, true],
    ['gemini-2.0-flash', { effort: 'none' }, undefined, false],
  ] as const) {
    it(`reasoning ${JSON.stringify(reasoning)} for ${model}`, () => {
      assert.deepEqual(thinking(model, reasoning), [expected, signal]);
    });
  }

  it('what a response cannot hold is refused by name', () => {
    assert.throws(() => write({ choices: 2, stream: true }), { param: 'n' });
    assert.throws(() => write({ maxOutputTokens: 0 }), { param: 'max_tokens' });
    const url: MediaPart = { kind: 'image', source: { type: 'url', url: 'https://example.com/a' } };
    assert.throws(() => write({ turns: [user(url)] }, 'gemini-2.0-flash'), { param: 'image.url' });
  });

  it('addresses have a media type; resolutions are those of all images', () => {
    const image = (url: string, detail?: string): MediaPart => ({
      kind: 'image',
      source: { type: 'url', url },
      detail,
    });
    const { body } = write({
      turns: [user(image('https://e.com/a.PNG?x=.gif', 'low'), image('https://e.com/b'))],
    });
    assert.deepEqual(body.contents[0]?.parts, [
      { fileData: { mimeType: 'image/png', fileUri: 'https://e.com/a.PNG?x=.gif' } },
      { fileData: { mimeType: 'image/jpeg', fileUri: 'https://e.com/b' } },
    ]);
    assert.equal(body.generationConfig, undefined);
    const video: MediaPart = { kind: 'video', source: { type: 'url', url: 'https://youtu.be/a' } };
    const old = write({ turns: [user(video)] }, 'gemini-2.0-flash').body.contents[0]?.parts;
    assert.deepEqual(old, [{ fileData: { fileUri: 'https://youtu.be/a' } }]);
    const resolution = (...details: readonly string[]) =>
      write({ turns: [user(...details.map((detail) => image('https://e.com/a.png', detail)))] }).body
        .generationConfig?.mediaResolution;
    assert.equal(resolution('low', 'low'), 'MEDIA_RESOLUTION_LOW');
    assert.equal(resolution('low', 'high'), 'MEDIA_RESOLUTION_HIGH');
  });
});
