import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../protocol.ts';
import { messagesRequest } from './anthropic-request.ts';
import { embedRequest, generateRequest } from './gemini-request.ts';
import { imagesRequest } from './images-request.ts';
import { chatRequest, completionRequest, embeddingsRequest, responsesRequest } from './openai-request.ts';
import type { RequestReading } from './request-bound.ts';

const all = {
  chatRequest,
  completionRequest,
  embeddingsRequest,
  imagesRequest,
  responsesRequest,
  messagesRequest,
  generateRequest,
  embedRequest,
};
const boundOf = (reading: RequestReading, body: JsonObject) => {
  const text = JSON.stringify(body);
  return { ...reading.bound(body, Buffer.byteLength(text)), bodyBytes: Buffer.byteLength(text) };
};

describe('what a request may answer at most', () => {
  const cases: [string, RequestReading, JsonObject, number | undefined, number, number][] = [
    ['nothing set', chatRequest, {}, undefined, 1, 0],
    ['max_tokens', chatRequest, { max_tokens: 7, n: 3 }, 7, 3, 0],
    ['both names', chatRequest, { max_tokens: 7, max_completion_tokens: 5 }, 7, 1, 0],
    ['one of them no number', chatRequest, { max_tokens: 7, max_completion_tokens: 'x' }, 7, 1, 0],
    ['numbers in strings', chatRequest, { max_tokens: ' 1_000', n: '2' }, 1000, 2, 0],
    ['fractions', completionRequest, { max_tokens: 6.5, best_of: 1.5 }, 7, 2, 0],
    ['other cases', chatRequest, { max_tokens: 7, MAX_TO\u212aENS: 9, N: 3 }, 9, 3, 0],
    ['an other case of s', responsesRequest, { 'max_output_token\u017f': 9 }, 9, 1, 0],
    ['message in capitals', messagesRequest, { Max_Tokens: 7 }, 7, 1, 0],
    ['gemini in capitals', generateRequest, { GenerationConfig: { MaxOutputTokens: 7 } }, 7, 1, 0],
    ['completion', completionRequest, { max_tokens: 7, prompt: 'a', n: 2, best_of: 4 }, 7, 4, 0],
    ['prompts', completionRequest, { prompt: ['a', 'b', 'c'], n: 2 }, undefined, 6, 0],
    ['prompts in tokens', completionRequest, { prompt: [[1], [2]] }, undefined, 2, 0],
    ['one prompt in tokens', completionRequest, { prompt: [1, 2, 3] }, undefined, 1, 0],
    ['no prompts', completionRequest, { prompt: [] }, undefined, 1, 0],
    ['response', responsesRequest, { max_output_tokens: 7, max_tokens: 9 }, 7, 1, 0],
    ['message', messagesRequest, { max_tokens: 7 }, 7, 1, 0],
    ['embedding', embeddingsRequest, { max_tokens: 7, n: 2 }, 0, 1, 0],
    ['pictures', imagesRequest, { n: 4 }, 7024, 4, 4],
    ['picture', imagesRequest, {}, 7024, 1, 1],
    ['gemini', generateRequest, { generationConfig: { maxOutputTokens: 7, candidateCount: 2 } }, 7, 2, 0],
    [
      'gemini in snake',
      generateRequest,
      { generation_config: { max_output_tokens: '7', candidate_count: 2 } },
      7,
      2,
      0,
    ],
    [
      'gemini in both',
      generateRequest,
      { generationConfig: { maxOutputTokens: 7 }, generation_config: { max_output_tokens: 8 } },
      8,
      1,
      0,
    ],
    ['gemini embedding', embedRequest, { generationConfig: { maxOutputTokens: 7 } }, 0, 1, 0],
  ];
  for (const [name, reading, body, outputTokens, answers, images] of cases) {
    it(name, () => {
      const bound = boundOf(reading, body);
      assert.deepEqual(
        [bound.outputTokens, bound.choices, bound.pieces.images],
        [outputTokens, answers, images],
      );
    });
  }

  it('numbers that are none count as not given, and no product is unsafe', () => {
    for (const value of [0, -1, '-5', '', 'x', null, [], {}, true]) {
      const bound = boundOf(chatRequest, { max_tokens: value, n: value });
      assert.deepEqual([bound.outputTokens, bound.choices], [undefined, 1]);
    }
    const { outputTokens = 0, choices } = boundOf(chatRequest, { max_tokens: 2 ** 53, n: 1e300 });
    assert.ok(Number.isSafeInteger(outputTokens * choices) && outputTokens * choices > 2 ** 50);
  });
});

it('what is predicted may be paid as output besides', () => {
  const body = { max_tokens: 7, prediction: { type: 'content', content: 'abc' } };
  const { outputTokens, bodyBytes } = boundOf(chatRequest, body);
  assert.equal(outputTokens, 7 + bodyBytes);
  assert.equal(boundOf(chatRequest, { ...body, max_tokens: null }).outputTokens, undefined);
});

describe('media', () => {
  const base64 = 'A'.repeat(10_000);
  const picture = `data:image/png;base64,${base64}`;
  const user = (part: object) => ({
    messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, part] }],
  });
  const input = (part: object) => ({ input: [{ role: 'user', content: [part] }] });
  const contents = (part: object) => ({ contents: [{ parts: [part] }] });
  const inside: [RequestReading, JsonObject][] = [
    [chatRequest, user({ type: 'image_url', image_url: { url: picture } })],
    [chatRequest, user({ type: 'image_url', image_url: picture })],
    [chatRequest, user({ type: 'input_audio', input_audio: { data: base64, format: 'mp3' } })],
    [chatRequest, user({ type: 'file', file: { file_data: `data:application/pdf;base64,${base64}` } })],
    [responsesRequest, input({ type: 'input_image', image_url: picture })],
    [responsesRequest, input({ type: 'input_file', file_data: `data:application/pdf;base64,${base64}` })],
    [
      responsesRequest,
      {
        input: [
          { type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: picture } },
        ],
      },
    ],
    [
      messagesRequest,
      user({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }),
    ],
    [
      messagesRequest,
      user({
        type: 'tool_result',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }],
      }),
    ],
    [generateRequest, contents({ inlineData: { mimeType: 'image/png', data: base64 } })],
    [generateRequest, contents({ inline_data: { mime_type: 'audio/wav', data: base64 } })],
    [generateRequest, { contents: { parts: [{ inlineData: { mimeType: 'video/mp4', data: base64 } }] } }],
  ];
  const named: [RequestReading, JsonObject][] = [
    [chatRequest, user({ type: 'image_url', image_url: { url: 'https://a/b.png' } })],
    [chatRequest, user({ type: 'file', file: { file_id: 'file-1' } })],
    [responsesRequest, input({ type: 'input_image', file_id: 'file-1' })],
    [responsesRequest, input({ type: 'input_file', file_url: 'https://a' })],
    [messagesRequest, user({ type: 'document', source: { type: 'url', url: 'https://a' } })],
    [messagesRequest, user({ type: 'image', source: { type: 'file', file_id: 'f' } })],
    [generateRequest, contents({ fileData: { fileUri: 'https://a' } })],
    [generateRequest, contents({ file_data: { file_uri: 'https://a' } })],
  ];
  const text: [RequestReading, JsonObject][] = [
    [chatRequest, user({ type: 'file', file: { file_data: `data:text/plain;base64,${base64}` } })],
    [chatRequest, user({ type: 'text', text: picture })],
    [messagesRequest, user({ type: 'document', source: { type: 'text', data: base64 } })],
    [
      messagesRequest,
      user({ type: 'document', source: { type: 'base64', media_type: 'text/csv', data: base64 } }),
    ],
    [
      messagesRequest,
      user({
        type: 'tool_use',
        input: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } },
      }),
    ],
    [generateRequest, contents({ inlineData: { mimeType: 'text/plain', data: base64 } })],
    [
      generateRequest,
      contents({ functionCall: { args: { inlineData: { mimeType: 'image/png', data: base64 } } } }),
    ],
    [embeddingsRequest, { input: picture }],
  ];

  it('count in place of their bytes, wherever they are', () => {
    for (const [reading, body] of inside) {
      const { inputTokens, mediaTokens } = boundOf(reading, body);
      assert.equal(mediaTokens, limits.media_tokens, JSON.stringify(body).slice(0, 99));
      assert.ok(inputTokens > mediaTokens && inputTokens < mediaTokens + 400, `${inputTokens}`);
      const { text: read, extraTokens } = reading.text(body);
      assert.ok(!read.includes('AAAA') && extraTokens >= limits.media_tokens);
    }
  });

  it('count where they are only named', () => {
    for (const [reading, body] of named) {
      const { inputTokens, mediaTokens, bodyBytes } = boundOf(reading, body);
      assert.equal(mediaTokens, limits.media_tokens, JSON.stringify(body));
      assert.equal(inputTokens, bodyBytes + mediaTokens);
    }
  });

  it('are not what only looks like them: text counts by its bytes', () => {
    for (const [reading, body] of text) {
      const { inputTokens, mediaTokens, bodyBytes } = boundOf(reading, body);
      assert.equal(mediaTokens, 0, JSON.stringify(body).slice(0, 99));
      assert.equal(inputTokens, bodyBytes);
      assert.ok(reading.text(body).text.includes(base64));
    }
  });

  it('no body makes reading throw, or a bound that is no count, however deep', () => {
    const key = fc.constantFrom(
      'messages',
      'content',
      'input',
      'prompt',
      'contents',
      'parts',
      'source',
      'type',
      'n',
      'tools',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom('image_url', 'image', 'file', 'text', 'base64', null, 1, -1, true),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    const deep = JSON.parse(`${'{"content":'.repeat(20_000)}[]${'}'.repeat(20_000)}`);
    fc.assert(
      fc.property(fc.dictionary(key, tree), (body) => {
        for (const reading of Object.values(all)) {
          const { inputTokens, mediaTokens, choices } = boundOf(reading, body);
          assert.ok(Number.isSafeInteger(inputTokens) && inputTokens >= mediaTokens && choices >= 1);
          const { text: read, extraTokens } = reading.text(body);
          assert.ok(typeof read === 'string' && Number.isSafeInteger(extraTokens));
        }
      }),
    );
    for (const reading of Object.values(all)) {
      reading.bound({ messages: deep, contents: deep, input: deep, tools: deep }, 9);
      reading.text({ messages: deep, contents: deep, input: deep, tools: deep });
    }
  });
});

describe('the text of a request', () => {
  it('is what the model reads, a line for each string', () => {
    const chat = chatRequest.text({
      model: 'gpt-4o',
      user: 'someone',
      temperature: 1,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
      ],
    });
    assert.deepEqual(chat, { text: 'Be brief.\nHi\nf\n{"a":1}', extraTokens: 3 + 3 * 4 });
    const message = messagesRequest.text({
      system: 'Be brief.',
      messages: [
        { role: 'user', content: [{ type: 'tool_use', id: 'x', name: 'f', input: { city: 'Rome', n: 2 } }] },
      ],
    });
    assert.equal(message.text, 'Be brief.\nf\ninput\ncity\nRome\nn\n2');
    const gemini = generateRequest.text({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] });
    assert.deepEqual(gemini, { text: 'Hi', extraTokens: 3 + 4 });
  });

  it('has the names in schemas of tools', () => {
    const tools = [
      { type: 'function', function: { name: 'f', parameters: { properties: { city: { type: 'string' } } } } },
    ];
    const { text, extraTokens } = chatRequest.text({ messages: [], tools });
    for (const word of ['function', 'f', 'parameters', 'properties', 'city', 'type', 'string']) {
      assert.ok(text.split('\n').includes(word), word);
    }
    assert.ok(extraTokens > 10);
  });

  it('counts a prompt in tokens by their number', () => {
    assert.deepEqual(completionRequest.text({ prompt: [1, 2, 3] }), { text: '', extraTokens: 3 + 3 });
    assert.deepEqual(embeddingsRequest.text({ input: ['a', 'b'] }), { text: 'a\nb', extraTokens: 3 });
  });
});

describe('the service tiers by which a request may be processed', () => {
  const cases: [string, RequestReading, JsonObject, string[]][] = [
    ['chat that leaves it to the project', chatRequest, {}, ['priority', 'scale']],
    ['auto', responsesRequest, { service_tier: 'auto' }, ['priority', 'scale']],
    ['null', chatRequest, { service_tier: null }, ['priority', 'scale']],
    ['default', chatRequest, { service_tier: 'default' }, []],
    ['flex', responsesRequest, { service_tier: 'flex' }, ['flex']],
    ['fast', chatRequest, { service_tier: 'fast' }, ['priority']],
    ['another case', chatRequest, { SERVICE_TIER: 'ultrafast' }, ['ultrafast']],
    ['two', chatRequest, { service_tier: 'auto', Service_Tier: 'flex' }, ['priority', 'scale', 'flex']],
    ['a message that leaves it to the organization', messagesRequest, {}, ['priority']],
    ['a message at the standard tier', messagesRequest, { service_tier: 'standard_only' }, []],
    ['a fast message', messagesRequest, { service_tier: 'standard_only', speed: 'fast' }, ['fast']],
    ['gemini', generateRequest, {}, []],
    ['gemini by name', generateRequest, { serviceTier: 'FLEX' }, ['flex']],
    ['gemini in snake', embedRequest, { service_tier: 'priority' }, ['priority']],
  ];
  for (const [name, reading, body, tiers] of cases) {
    it(name, () => {
      assert.deepEqual(boundOf(reading, body).tiers, tiers);
    });
  }
});

describe('the calls of hosted tools that a request allows', () => {
  const { hosted_tool_calls: most } = limits;
  const none = { webSearches: 0, fileSearches: 0, codeSessions: 0 };
  const web = (webSearches: number) => ({ ...none, webSearches });
  const tools = (...types: string[]) => ({ tools: types.map((type) => ({ type })) });
  const cases: [string, RequestReading, JsonObject, object][] = [
    ['no tools', chatRequest, {}, none],
    ['functions', responsesRequest, tools('function', 'custom'), none],
    ['a search in chat', chatRequest, { web_search_options: {} }, web(1)],
    ['a model that searches', chatRequest, { model: 'gpt-4o-search-preview' }, web(1)],
    [
      'all of Responses',
      responsesRequest,
      tools('web_search', 'file_search', 'code_interpreter'),
      {
        webSearches: most,
        fileSearches: most,
        codeSessions: 1,
      },
    ],
    ['fewer calls', responsesRequest, { ...tools('web_search_preview'), Max_Tool_Calls: '3' }, web(3)],
    ['a search in messages', messagesRequest, tools('web_search_20260318', 'bash_20250124'), web(most)],
    [
      'a search with a limit',
      messagesRequest,
      { tools: [{ type: 'web_search_20250305', max_uses: 4 }] },
      web(4),
    ],
    [
      'a search in gemini',
      generateRequest,
      { tools: [{ googleSearch: {} }, { google_search: {} }] },
      web(most),
    ],
    ['a function in gemini', generateRequest, { tools: [{ functionDeclarations: [] }] }, none],
    ['tools that are none', messagesRequest, { tools: 'web_search' }, none],
    ['an embedding', embedRequest, { tools: [{ googleSearch: {} }] }, none],
  ];
  for (const [name, reading, body, calls] of cases) {
    it(name, () => {
      assert.deepEqual(boundOf(reading, body).toolCalls, calls);
    });
  }
});
