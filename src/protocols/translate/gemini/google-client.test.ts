/** Google's own client against a translation from Gemini to Gemini: what it keeps of a response comes back whole. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import { GoogleGenAI, Type } from '@google/genai';
import { piecesOf } from '../../../../tests/support/pieces.ts';
import type { JsonObject } from '../../protocol.ts';
import { Translator } from '../translator.ts';
import { geminiClient } from './client.ts';
import { framed } from './test-response.ts';
import { geminiUpstream } from './upstream.ts';

const translator = new Translator(geminiClient, geminiUpstream);
const part = (value: object, more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts: [value] }, ...more }],
  responseId: 'r',
});
const first = [
  part({ text: 'h', thought: true }),
  part({ text: 'm', thought: true, thoughtSignature: 'dGhvdWdodA==' }),
  part({ text: 'One ' }),
  part({ text: 'moment.' }),
  part({ functionCall: { name: 'now', args: { zone: 'UTC' } }, thoughtSignature: 'Y2FsbA==' }),
  part({ text: '' }, { finishReason: 'STOP' }),
];
const failing = [part({ text: 'a' }), { error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } }];
let responses: readonly (readonly object[])[] = [];
let sent: JsonObject[] = [];
let server: Server;

before(async () => {
  server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const form = request.url?.includes('alt=sse') ? 'sse' : 'json';
    const options = { policy: 'strict', channel: {}, outputTokensDefault: 1000, lowered: undefined } as const;
    sent.push(translator.request(body, 'gemini-3-flash', form, options).body);
    const objects = responses[sent.length - 1] ?? [];
    const text = form === 'sse' ? framed('sse', objects) : JSON.stringify(objects[0]);
    const facts = { model: 'gemini-3-flash', requestId: 'q', createdAt: 0, includesUsage: false };
    const translated = translator.response(form, form, facts);
    response.setHeader('content-type', form === 'sse' ? 'text/event-stream' : 'application/json');
    for (const piece of piecesOf(form, [Buffer.from(text)])) response.write(translated.push(piece) ?? '');
    response.write(translated.end() ?? '');
    // The gateway renders the failure of a translated response by the client's protocol.
    const { failure } = translated;
    response.end(
      failure && `data: ${JSON.stringify({ error: { code: 503, message: failure.message } })}\n\n`,
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
after(() => server.close());

function startChat() {
  sent = [];
  const { port } = server.address() as AddressInfo;
  const httpOptions = { baseUrl: `http://127.0.0.1:${port}`, retryOptions: { attempts: 1 } };
  const zone = { type: Type.OBJECT, properties: { zone: { type: Type.STRING } } };
  return new GoogleGenAI({ apiKey: 'key', httpOptions }).chats.create({
    model: 'gemini-3-flash',
    config: {
      systemInstruction: 'Be brief.',
      tools: [{ functionDeclarations: [{ name: 'now', parameters: zone }] }],
      thinkingConfig: { includeThoughts: true },
    },
  });
}

it('a chat over a streamed response with thoughts and a call, and a whole response', async () => {
  responses = [first, [part({ text: 'Noon.' }, { finishReason: 'STOP' })]];
  const chat = startChat();
  let id: string | undefined;
  for await (const chunk of await chat.sendMessageStream({ message: 'What time is it?' })) {
    id ??= chunk.functionCalls?.[0]?.id;
  }
  const functionResponse = { id: id ?? '', name: 'now', response: { output: '12:00' } };
  const { text } = await chat.sendMessage({ message: [{ functionResponse }] });
  assert.equal(text, 'Noon.');
  assert.match(id ?? '', /^call_/);
  assert.deepEqual(sent[1], {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'What time is it?' }] },
      {
        role: 'model',
        parts: [
          { text: 'hm', thought: true, thoughtSignature: 'dGhvdWdodA==' },
          { text: 'One moment.' },
          { functionCall: { id, name: 'now', args: { zone: 'UTC' } }, thoughtSignature: 'Y2FsbA==' },
        ],
      },
      { role: 'user', parts: [{ functionResponse }] },
    ],
    tools: [
      {
        functionDeclarations: [
          {
            name: 'now',
            parametersJsonSchema: { type: 'object', properties: { zone: { type: 'string' } } },
          },
        ],
      },
    ],
    generationConfig: { thinkingConfig: { includeThoughts: true } },
  });
});

it('a failure in the middle of a stream is one that the client throws', async () => {
  responses = [failing];
  const stream = await startChat().sendMessageStream({ message: 'Hi' });
  await assert.rejects(async () => {
    for await (const { text } of stream) assert.equal(text, 'a');
  }, /Overloaded/);
});
