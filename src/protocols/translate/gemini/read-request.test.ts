/** Requests by Gemini's clients. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutputFormat } from '../form/request.ts';
import { assistant, call, gemini, read, text, turnsOf, user } from './test-request.ts';

describe('requests of Gemini clients', () => {
  it('both spellings, and numbers as text', () => {
    const { form } = read({
      system_instruction: { parts: [{ text: 'be brief' }] },
      contents: [
        { parts: [{ inline_data: { mime_type: 'image/png', data: 'ab-_' } }, { text: 'what?' }] },
        {
          role: 'model',
          parts: [{ function_call: { name: 'f', args: { a: 1 } }, thought_signature: 'sig' }],
        },
        { role: 'function', parts: [{ function_response: { name: 'f', response: { result: 2 } } }] },
      ],
      tools: [{ function_declarations: [{ name: 'f', parameters: { type: 'OBJECT' } }] }],
      tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
      generation_config: {
        max_output_tokens: '100',
        topK: '4',
        stop_sequences: ['x'],
        response_mime_type: 'application/json',
        thinking_config: { thinking_budget: '512', include_thoughts: true },
      },
      labels: { team: 'a' },
    });
    assert.deepEqual(form.turns, [
      { role: 'system', parts: [text('be brief')] },
      user(
        {
          kind: 'image',
          source: { type: 'base64', mediaType: 'image/png', data: 'ab+/' },
          filename: undefined,
        },
        text('what?'),
      ),
      assistant(call('call_0_f', 'f', { arguments: '{"a":1}', carried: gemini('sig') })),
      user({
        kind: 'tool-result',
        callId: 'call_0_f',
        name: 'f',
        isError: false,
        parts: [{ kind: 'text', text: '{"result":2}' }],
      }),
    ]);
    const { maxOutputTokens, topK, stop, output, reasoning, toolChoice, metadata } = form;
    assert.deepEqual([maxOutputTokens, topK, stop, output], [100, 4, ['x'], { kind: 'json' }]);
    assert.deepEqual(reasoning, { effort: undefined, budgetTokens: 512, isShown: true });
    assert.deepEqual(toolChoice, { kind: 'tool', name: 'f' });
    assert.deepEqual(form.tools[0]?.parameters, { type: 'object' });
    assert.deepEqual(metadata, { team: 'a' });
  });

  it('results find their calls by id, or by name and order', () => {
    const functionCall = (name: string, id?: string) => ({ functionCall: { name, id, args: {} } });
    const functionResponse = (name: string, id?: string) => ({
      functionResponse: { name, id, response: { output: 'x' } },
    });
    const answer = (calls: readonly object[], results: readonly object[]) =>
      turnsOf({ role: 'model', parts: calls }, { role: 'user', parts: results }).map(({ parts }) =>
        parts.map((part) =>
          part.kind === 'tool-call' ? part.id : part.kind === 'tool-result' && part.callId,
        ),
      );
    assert.deepEqual(
      answer(
        [functionCall('f'), functionCall('g'), functionCall('f')],
        [functionResponse('f'), functionResponse('f'), functionResponse('g')],
      ),
      [
        ['call_0_f', 'call_1_g', 'call_2_f'],
        ['call_0_f', 'call_2_f', 'call_1_g'],
      ],
    );
    assert.deepEqual(
      answer(
        [functionCall('f', 'a:1'), functionCall('f', 'b')],
        [functionResponse('f', 'b'), functionResponse('f', 'a:1')],
      )[1],
      answer([functionCall('f', 'b'), functionCall('f', 'a:1')], [])[0],
    );
    assert.throws(() => answer([], [functionResponse('f')]), { code: 'invalid_body' });
  });

  it('results: output, error, or the whole object', () => {
    const resultOf = (response: object) => {
      const [turn] = turnsOf({ parts: [{ functionResponse: { id: 'c', name: 'f', response } }] });
      const [part] = turn?.parts ?? [];
      return part?.kind === 'tool-result'
        ? [part.isError, ...part.parts.map((each) => each.kind === 'text' && each.text)]
        : [];
    };
    assert.deepEqual(resultOf({ output: 'x' }), [false, 'x']);
    assert.deepEqual(resultOf({ output: { a: 1 } }), [false, '{"a":1}']);
    assert.deepEqual(resultOf({ error: 'x' }), [true, 'x']);
    assert.deepEqual(resultOf({ output: 'x', error: 'y' }), [true, '{"output":"x","error":"y"}']);
    assert.deepEqual(resultOf({}), [false, '{}']);
  });

  it('thoughts are one up to their signature; others carried through the client are their own again', () => {
    const redacted = {
      kind: 'reasoning',
      text: '',
      carried: { provider: 'anthropic', blob: 'blob', seal: 's' },
      isRedacted: true,
    };
    const wrapped = Buffer.from('redacted.halley2.anthropic.s.blob').toString('base64');
    const [turn] = turnsOf({
      role: 'model',
      parts: [
        { text: 'a', thought: true },
        { text: 'b', thought: true },
        { text: '', thought: true, thoughtSignature: 'one' },
        { text: 'c', thought: true },
        { text: 'said', thoughtSignature: 'two' },
        { text: '', thoughtSignature: wrapped },
        { text: 'd', thought: true },
        { text: '', thought: true, thoughtSignature: wrapped },
      ],
    });
    assert.deepEqual(turn?.parts, [
      { kind: 'reasoning', text: 'ab', carried: gemini('one') },
      { kind: 'reasoning', text: 'c', carried: undefined },
      text('said'),
      { kind: 'reasoning', text: '', carried: gemini('two') },
      redacted,
      { kind: 'reasoning', text: 'd', carried: undefined },
      redacted,
    ]);
  });

  it('the pieces of a streamed response, as contents or as parts of one, are one turn', () => {
    const pieces = [
      { text: 'h', thought: true },
      { text: 'm', thought: true },
      { text: '', thought: true, thoughtSignature: 'sig' },
      { text: 'Hi' },
      { text: ' there' },
      { functionCall: { id: 'c', name: 'f', args: {} } },
      { text: '' },
    ];
    const turn = assistant(
      { kind: 'reasoning', text: 'hm', carried: gemini('sig') },
      text('Hi there'),
      call('c', 'f'),
    );
    const asContents = pieces.map((piece) => ({ role: 'model', parts: [piece] }));
    const [a, b] = [
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'user', parts: [{ text: 'b' }] },
    ];
    assert.deepEqual(turnsOf(a, b, ...asContents), [user(text('a')), user(text('b')), turn]);
    assert.deepEqual(turnsOf(a, { role: 'model', parts: pieces }), [user(text('a')), turn]);
  });

  it('structured output, by all of its fields', () => {
    const outputOf = (generationConfig: object) => read({ contents: [], generationConfig }).form.output;
    const schema = (value: object): OutputFormat => ({
      kind: 'schema',
      name: undefined,
      description: undefined,
      schema: { ...value },
      strict: undefined,
    });
    const responseMimeType = 'application/json';
    assert.deepEqual(
      outputOf({ responseMimeType, responseSchema: { type: 'STRING' } }),
      schema({ type: 'string' }),
    );
    assert.deepEqual(outputOf({ responseMimeType, responseJsonSchema: { not: {} } }), schema({ not: {} }));
    const format = { text: { mimeType: 'APPLICATION_JSON', schema: { type: 'object' } } };
    assert.deepEqual(outputOf({ responseFormat: [format] }), schema({ type: 'object' }));
    assert.deepEqual(outputOf({ responseFormat: [{ text: { mimeType: 'APPLICATION_JSON' } }] }), {
      kind: 'json',
    });
    assert.deepEqual(outputOf({ responseMimeType: 'text/plain' }), { kind: 'text' });
    assert.equal(outputOf({}), undefined);
  });

  it('modes of function calling', () => {
    const choiceOf = (functionCallingConfig: object) => {
      const { form, dropped } = read({ contents: [], toolConfig: { functionCallingConfig } });
      return [form.toolChoice, dropped.length];
    };
    assert.deepEqual(choiceOf({ mode: 'AUTO' }), [{ kind: 'auto' }, 0]);
    assert.deepEqual(choiceOf({ mode: 'VALIDATED' }), [{ kind: 'auto' }, 1]);
    assert.deepEqual(choiceOf({ mode: 'VALIDATED', allowedFunctionNames: ['f'] }), [
      { kind: 'allowed', mode: 'auto', names: ['f'] },
      0,
    ]);
    assert.deepEqual(choiceOf({ mode: 'ANY', allowedFunctionNames: ['f', 'g'] }), [
      { kind: 'allowed', mode: 'required', names: ['f', 'g'] },
      0,
    ]);
    assert.deepEqual(choiceOf({}), [undefined, 0]);
    assert.throws(() => choiceOf({ mode: 'SOMETIMES' }), { param: 'toolConfig.functionCallingConfig.mode' });
  });

  it('media: kinds by type, addresses, and files of a Google account', () => {
    const mediaOf = (fileData: object) => turnsOf({ parts: [{ fileData }] })[0]?.parts[0];
    assert.equal(mediaOf({ fileUri: 'https://e.com/a.pdf' })?.kind, 'file');
    assert.equal(mediaOf({ fileUri: 'https://e.com/a', mimeType: 'audio/wav' })?.kind, 'audio');
    assert.equal(mediaOf({ fileUri: 'https://www.youtube.com/watch?v=1' })?.kind, 'video');
    for (const fileUri of ['gs://b/a.png', 'https://generativelanguage.googleapis.com/v1beta/files/x']) {
      assert.throws(() => mediaOf({ fileUri }), { param: 'contents[].parts[].fileData.fileUri' });
    }
  });

  it('malformed fields are refused by name', () => {
    for (const [param, body] of [
      ['contents', { contents: 'hi' }],
      ['contents[].parts', { contents: [{ parts: 'hi' }] }],
      ['contents[].parts[].text', { contents: [{ parts: [{ text: 5 }] }] }],
      [
        'contents[].parts[].functionCall.name',
        { contents: [{ role: 'model', parts: [{ functionCall: {} }] }] },
      ],
      ['generationConfig.temperature', { contents: [], generationConfig: { temperature: 'warm' } }],
      ['generationConfig', { contents: [], generationConfig: 5 }],
      ['tools[].functionDeclarations[].name', { contents: [], tools: [{ functionDeclarations: [{}] }] }],
    ] as const) {
      assert.throws(() => read(body), { code: 'invalid_body', param });
    }
  });
});
