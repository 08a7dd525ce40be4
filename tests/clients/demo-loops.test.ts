/** Whole loops with the demo's models: tools, thoughts and pictures, by the official SDKs. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { nonEmpty } from '../support/non-empty.ts';
import { chat } from '../translation/clients/chat.ts';
import type { Client } from '../translation/clients/client.ts';
import { gemini } from '../translation/clients/gemini.ts';
import { messages } from '../translation/clients/messages.ts';
import { responses } from '../translation/clients/responses.ts';
import { startDemoGateway } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());
const { value: key } = await gateway.createKey();
const { url } = gateway;

const clients: Readonly<Record<string, Client>> = { chat, responses, messages, gemini };
const parallel = 'Use get_weather {"city": "Paris"} and get_weather {"city": "Rome", "days": {"next": 2}}.';

for (const [name, client] of nonEmpty(Object.entries(clients))) {
  for (const stream of [false, true]) {
    const how = `${name}, ${stream ? 'streamed' : 'whole'}`;
    const begin = (model: string, thinks: boolean) =>
      client({ url, key, model, stream, tools: model === 'demo-tools', thinks });

    for (const thinks of [false, true]) {
      test(`${how}${thinks ? ', thinking' : ''}: a tool is called, and its result is in the reply`, async () => {
        const talk = begin('demo-tools', thinks);
        talk.say('What is the weather like?');
        const asked = await talk.send();
        assert.equal(asked.text, 'I call get_weather.');
        assert.equal(asked.thought, thinks ? 'The request needs get_weather.' : '');
        assert.equal(asked.ending, 'tool');
        assert.deepEqual(
          asked.calls.map((call) => [call.name, call.args]),
          [['get_weather', { city: 'example' }]],
        );
        talk.respond('sunny');
        const replied = await talk.send();
        assert.deepEqual(
          [replied.text, replied.ending, replied.calls],
          ['The result is: sunny', 'end_turn', []],
        );
        assert.ok(replied.output > 0 && asked.output > 0);
      });
    }

    test(`${how}: parallel calls have the arguments that the text gives them`, async () => {
      const talk = begin('demo-tools', false);
      talk.say(parallel);
      const { calls } = await talk.send();
      assert.deepEqual(
        calls.map(({ args }) => args),
        [{ city: 'Paris' }, { city: 'Rome', days: { next: 2 } }],
      );
      talk.respond('sunny', 'rainy');
      assert.equal((await talk.send()).text, 'The result is: sunny\nrainy');
    });

    test(`${how}: no tool is called against the choice of the request`, async () => {
      const talk = begin('demo-tools', false);
      talk.say(parallel);
      const seen = await talk.send({ choice: 'none' });
      assert.deepEqual([seen.calls, seen.ending], [[], 'end_turn']);
    });
  }
}

test('demo-thinking thinks without being asked, and counts it', async () => {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  const { choices, usage } = await client.chat.completions.create({
    model: 'demo-thinking',
    messages: [{ role: 'user', content: 'Hello there' }],
  });
  assert.match(choices[0]?.message.content ?? '', /You said: "Hello there"/);
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? 0;
  assert.ok(reasoning > 0 && (usage?.completion_tokens ?? 0) > reasoning);
});

test('a thought that is altered is refused', async () => {
  const client = new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0 });
  const body = { model: 'demo-thinking', max_tokens: 2000, thinking: { type: 'adaptive' as const } };
  const hello = { role: 'user' as const, content: 'Hello there' };
  const { content } = await client.messages.create({ ...body, messages: [hello] });
  const again = (blocks: Anthropic.ContentBlockParam[]) =>
    client.messages.create({ ...body, messages: [hello, { role: 'assistant', content: blocks }, hello] });
  assert.equal((await again(content)).stop_reason, 'end_turn');
  const altered = content.map((block) =>
    block.type === 'thinking' ? { ...block, thinking: 'Something else.' } : block,
  );
  await assert.rejects(again(altered), /Invalid `signature`/);
});

test("a Gemini call without its thought's signature is refused", async () => {
  const talk = (thoughtSignature?: string) => ({
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature }] },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'a' } } }] },
    ],
    generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } },
  });
  const send = async (body: object) => {
    const path = '/v1beta/models/demo-tools:generateContent';
    return (await gateway.call('POST', path, { body, token: key })).text;
  };
  assert.match(await send(talk()), /missing a thought_signature/);
  assert.match(await send(talk('forged')), /not valid/);
  assert.match(await send(talk('skip_thought_signature_validator')), /The result is: a/);
});

test('reasoning of another model is refused by Responses', async () => {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  const reasoning = { type: 'reasoning' as const, id: 'rs_1', summary: [], encrypted_content: 'foreign' };
  const input = [reasoning, { role: 'user' as const, content: 'Hi' }];
  await assert.rejects(
    client.responses.create({ model: 'demo-thinking', input }),
    /invalid_encrypted_content/,
  );
});

/** Width, height, and bytes of the pixels of a PNG. */
function sizeOf(png: Buffer): readonly number[] {
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  const at = png.indexOf('IDAT');
  const data = png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
  return [png.readUInt32BE(16), png.readUInt32BE(20), inflateSync(data).length];
}
const size = [64, 64, 64 * (1 + 3 * 64)];

test('demo-image draws, the same for the same prompt', async () => {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  const draw = (prompt: string) => client.images.generate({ model: 'demo-image', prompt });
  const [one, two, other] = [await draw('a cat'), await draw('a cat'), await draw('a dog')].map(
    ({ data }) => data?.[0]?.b64_json ?? '',
  );
  assert.deepEqual(sizeOf(Buffer.from(one ?? '', 'base64')), size);
  assert.equal(one, two);
  assert.notEqual(one, other);
});

test("demo-image draws in Gemini's responses, whole and streamed", async () => {
  const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
  const request = { model: 'demo-image', contents: 'a cat' };
  const whole = await models.generateContent(request);
  const chunks = await Array.fromAsync(await models.generateContentStream(request));
  for (const response of [[whole], chunks]) {
    const parts = response.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    const data = parts.map(({ inlineData }) => inlineData?.data).find(Boolean);
    assert.deepEqual(sizeOf(Buffer.from(data ?? '', 'base64')), size);
  }
});
