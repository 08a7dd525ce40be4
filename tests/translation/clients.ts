/** The official SDKs as clients of one gateway, each doing the same things in its own words. */
import Anthropic from '@anthropic-ai/sdk';
import { type Content, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

/** What a client has of one response. */
export interface Seen {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[];
  /** In the words of `end_turn`, `length`, `tool`, `refusal`. */
  readonly ending: string;
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

/** One conversation with a model. */
export interface Conversation {
  say(text: string): void;
  /** Text of a system or developer message that stands in the middle. */
  instruct(text: string): void;
  /** Results of the calls of the last response, by position. */
  answer(...results: readonly string[]): void;
  send(options?: { readonly force?: boolean }): Promise<Seen>;
}

export type Client = (given: {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly stream: boolean;
  readonly tools: boolean;
  readonly system?: string;
}) => Conversation;

const parameters = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
  additionalProperties: false,
};
const description = 'The weather of a city';
const name = 'get_weather';

const chatEndings: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'length',
  tool_calls: 'tool',
  content_filter: 'refusal',
};

export const chat: Client = ({ url, key, model, stream, tools, system }) => {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  const messages: OpenAI.Chat.ChatCompletionMessageParam[] = system
    ? [{ role: 'system', content: system }]
    : [];
  let calls: Seen['calls'] = [];
  return {
    say: (content) => void messages.push({ role: 'user', content }),
    instruct: (content) => void messages.push({ role: 'developer', content }),
    answer(...results) {
      for (const [index, content] of results.entries()) {
        messages.push({ role: 'tool', tool_call_id: calls[index]?.id ?? '', content });
      }
    },
    async send({ force = false } = {}) {
      const body = {
        model,
        messages,
        ...(tools && { tools: [{ type: 'function' as const, function: { name, description, parameters } }] }),
        ...(force && { tool_choice: { type: 'function' as const, function: { name } } }),
      };
      const completion = stream
        ? await client.chat.completions
            .stream({ ...body, stream_options: { include_usage: true } })
            .finalChatCompletion()
        : await client.chat.completions.create(body);
      const [choice] = completion.choices;
      if (!choice) throw new Error('no choice');
      messages.push(choice.message);
      calls = (choice.message.tool_calls ?? []).map((call) => {
        if (call.type !== 'function') throw new Error('no function');
        return { id: call.id, name: call.function.name, args: JSON.parse(call.function.arguments) };
      });
      return {
        text: choice.message.content ?? choice.message.refusal ?? '',
        calls,
        ending: chatEndings[choice.finish_reason ?? ''] ?? String(choice.finish_reason),
        input: completion.usage?.prompt_tokens ?? -1,
        output: completion.usage?.completion_tokens ?? -1,
        cached: completion.usage?.prompt_tokens_details?.cached_tokens ?? 0,
      };
    },
  };
};

export const responses: Client = ({ url, key, model, stream, tools, system }) => {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
  const input: OpenAI.Responses.ResponseInputItem[] = [];
  let calls: Seen['calls'] = [];
  return {
    say: (content) => void input.push({ role: 'user', content }),
    instruct: (content) => void input.push({ role: 'developer', content }),
    answer(...results) {
      for (const [index, output] of results.entries()) {
        input.push({ type: 'function_call_output', call_id: calls[index]?.id ?? '', output });
      }
    },
    async send({ force = false } = {}) {
      const body = {
        model,
        input,
        ...(system && { instructions: system }),
        ...(tools && {
          tools: [{ type: 'function' as const, name, description, parameters, strict: false }],
        }),
        ...(force && { tool_choice: { type: 'function' as const, name } }),
      };
      const response = stream
        ? await client.responses.stream(body).finalResponse()
        : await client.responses.create(body);
      input.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
      calls = response.output.flatMap((item) =>
        item.type === 'function_call'
          ? [{ id: item.call_id, name: item.name, args: JSON.parse(item.arguments) }]
          : [],
      );
      const refusals = response.output.flatMap((item) =>
        item.type === 'message'
          ? item.content.flatMap((part) => (part.type === 'refusal' ? [part.refusal] : []))
          : [],
      );
      const reason = response.incomplete_details?.reason;
      let ending = calls.length > 0 ? 'tool' : 'end_turn';
      if (reason === 'max_output_tokens') ending = 'length';
      if (refusals.length > 0 || reason === 'content_filter') ending = 'refusal';
      return {
        text: response.output_text || refusals.join(''),
        calls,
        ending,
        input: response.usage?.input_tokens ?? -1,
        output: response.usage?.output_tokens ?? -1,
        cached: response.usage?.input_tokens_details?.cached_tokens ?? 0,
      };
    },
  };
};

const anthropicEndings: Readonly<Record<string, string>> = {
  end_turn: 'end_turn',
  max_tokens: 'length',
  tool_use: 'tool',
  refusal: 'refusal',
};

export const messages: Client = ({ url, key, model, stream, tools, system }) => {
  const client = new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0 });
  const turns: Anthropic.MessageParam[] = [];
  let calls: Seen['calls'] = [];
  return {
    say: (content) => void turns.push({ role: 'user', content }),
    instruct: (content) => void turns.push({ role: 'system', content } as Anthropic.MessageParam),
    answer(...results) {
      const content = results.map((result, index) => ({
        type: 'tool_result' as const,
        tool_use_id: calls[index]?.id ?? '',
        content: result,
      }));
      turns.push({ role: 'user', content });
    },
    async send({ force = false } = {}) {
      const body = {
        model,
        max_tokens: 1000,
        messages: turns,
        ...(system && { system }),
        ...(tools && { tools: [{ name, description, input_schema: parameters }] }),
        ...(force && { tool_choice: { type: 'tool' as const, name } }),
      };
      const message = stream
        ? await client.messages.stream(body).finalMessage()
        : await client.messages.create(body);
      turns.push({ role: 'assistant', content: message.content });
      calls = message.content.flatMap((block) =>
        block.type === 'tool_use' ? [{ id: block.id, name: block.name, args: block.input }] : [],
      );
      const { usage } = message;
      const cached = usage.cache_read_input_tokens ?? 0;
      return {
        text: message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
        calls,
        ending: anthropicEndings[message.stop_reason ?? ''] ?? String(message.stop_reason),
        input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
        output: usage.output_tokens,
        cached,
      };
    },
  };
};

export const gemini: Client = ({ url, key, model, stream, tools, system }) => {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
  const contents: Content[] = [];
  let calls: Seen['calls'] = [];
  return {
    say: (text) => void contents.push({ role: 'user', parts: [{ text }] }),
    instruct: (text) => void contents.push({ role: 'user', parts: [{ text }] }),
    answer(...results) {
      const parts = results.map((output, index) => ({
        functionResponse: { id: calls[index]?.id, name: calls[index]?.name, response: { output } },
      }));
      contents.push({ role: 'user', parts: parts as NonNullable<Content['parts']> });
    },
    async send({ force = false } = {}) {
      const request = {
        model,
        contents,
        config: {
          ...(system && { systemInstruction: system }),
          ...(tools && {
            tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema: parameters }] }],
          }),
          ...(force && {
            toolConfig: {
              functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: [name] },
            },
          }),
        },
      };
      const chunks = stream
        ? await Array.fromAsync(await client.models.generateContentStream(request))
        : [await client.models.generateContent(request)];
      const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
      contents.push({ role: 'model', parts });
      calls = parts.flatMap(({ functionCall }) =>
        functionCall
          ? [{ id: functionCall.id ?? '', name: functionCall.name ?? '', args: functionCall.args }]
          : [],
      );
      const reason = chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).findLast(Boolean);
      const usage = chunks.map((chunk) => chunk.usageMetadata).findLast(Boolean);
      let ending = calls.length > 0 ? 'tool' : 'end_turn';
      if (reason === 'MAX_TOKENS') ending = 'length';
      if (reason === 'SAFETY' || reason === 'PROHIBITED_CONTENT') ending = 'refusal';
      return {
        text: parts.map(({ text = '', thought }) => (thought ? '' : text)).join(''),
        calls,
        ending,
        input: usage?.promptTokenCount ?? -1,
        output: (usage?.candidatesTokenCount ?? -1) + (usage?.thoughtsTokenCount ?? 0),
        cached: usage?.cachedContentTokenCount ?? 0,
      };
    },
  };
};
