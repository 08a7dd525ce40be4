/** OpenAI's SDK as a client of Responses. */
import OpenAI from 'openai';
import {
  type Call,
  type Client,
  type ClientOptions,
  dataUrl,
  isImage,
  type Media,
  type Seen,
  type Sending,
  tool,
} from './client.ts';

type Item = OpenAI.Responses.ResponseInputItem;

function partOf(media: Media): OpenAI.Responses.ResponseInputContent {
  const url = media.url ?? dataUrl(media);
  if (isImage(media)) return { type: 'input_image', image_url: url, detail: 'auto' };
  return { type: 'input_file', filename: 'a.pdf', file_data: url };
}

function bodyOf(options: ClientOptions, input: Item[], { choice, isSerial }: Sending) {
  const { name } = tool;
  const format = { type: 'json_schema' as const, name: 'city', strict: true, schema: tool.parameters };
  return {
    model: options.model,
    input,
    ...(options.system && { instructions: options.system }),
    ...(options.tools && { tools: [{ type: 'function' as const, ...tool, strict: false }] }),
    ...(choice === 'forced' && { tool_choice: { type: 'function' as const, name } }),
    ...(choice === 'none' && { tool_choice: 'none' as const }),
    ...(isSerial && { parallel_tool_calls: false }),
    ...(options.thinks && { reasoning: { effort: 'high' as const, summary: 'auto' as const } }),
    ...(options.wantsSchema && { text: { format } }),
  };
}

/** Without what the SDK adds for its user alone. */
function sendable(item: OpenAI.Responses.ResponseOutputItem): Item {
  if (item.type === 'function_call') return { ...item, parsed_arguments: undefined } as Item;
  if (item.type !== 'message') return item as Item;
  return { ...item, content: item.content.map((part) => ({ ...part, parsed: undefined })) } as Item;
}

function refusalsOf({ output }: OpenAI.Responses.Response): string {
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
  return parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join('');
}

function thoughtOf({ output }: OpenAI.Responses.Response): string {
  return output
    .flatMap((item) => (item.type === 'reasoning' ? item.summary.map(({ text }) => text) : []))
    .join('');
}

function callsOf({ output }: OpenAI.Responses.Response): readonly Call[] {
  return output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ id: item.call_id, name: item.name, args: JSON.parse(item.arguments) as unknown }]
      : [],
  );
}

function endingOf(response: OpenAI.Responses.Response): Seen['ending'] {
  const reason = response.incomplete_details?.reason;
  if (reason === 'max_output_tokens') return 'length';
  if (reason === 'content_filter' || refusalsOf(response) !== '') return 'refusal';
  if (callsOf(response).length > 0) return 'tool';
  return response.status === 'completed' ? 'end_turn' : `unknown: ${response.status}`;
}

export const responses: Client = (options) => {
  const client = new OpenAI({ apiKey: options.key, baseURL: `${options.url}/v1`, maxRetries: 0 });
  const input: Item[] = [];
  let calls: readonly Call[] = [];
  return {
    say(text, ...media) {
      const parts = [{ type: 'input_text' as const, text }, ...media.map(partOf)];
      input.push({ role: 'user', content: media.length > 0 ? parts : text });
    },
    instruct: (content) => void input.push({ role: 'developer', content }),
    respond(...results) {
      for (const [index, output] of results.entries()) {
        input.push({ type: 'function_call_output', call_id: calls[index]?.id ?? '', output });
      }
    },
    respondWith(media) {
      input.push({ type: 'function_call_output', call_id: calls[0]?.id ?? '', output: [partOf(media)] });
    },
    async send(sending = {}) {
      const body = bodyOf({ ...options, ...sending }, input, sending);
      const response = options.stream
        ? await client.responses.stream(body).finalResponse()
        : await client.responses.create(body);
      input.push(...response.output.map(sendable));
      calls = callsOf(response);
      const { usage } = response;
      return {
        text: response.output_text || refusalsOf(response),
        thought: thoughtOf(response),
        calls,
        ending: endingOf(response),
        input: usage?.input_tokens ?? -1,
        output: usage?.output_tokens ?? -1,
        cached: usage?.input_tokens_details?.cached_tokens ?? 0,
      };
    },
    async count() {
      const { model } = options;
      return (await client.responses.inputTokens.count({ model, input })).input_tokens;
    },
  };
};
