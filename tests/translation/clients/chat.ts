/** OpenAI's SDK as a client of chat completions, which keeps the fields of messages that its types do not know. */
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

type Message = OpenAI.Chat.ChatCompletionMessageParam;
interface Completion {
  readonly usage?: OpenAI.CompletionUsage | undefined;
  readonly choices: readonly Pick<OpenAI.Chat.ChatCompletion.Choice, 'message' | 'finish_reason'>[];
}
/** What reasoning adds to a message. */
interface Thought {
  readonly reasoning_content?: string;
  readonly reasoning_details?: readonly object[];
}

const endings: Readonly<Record<string, Seen['ending']>> = {
  stop: 'end_turn',
  length: 'length',
  tool_calls: 'tool',
  content_filter: 'refusal',
};

function partOf(media: Media): OpenAI.Chat.ChatCompletionContentPart {
  const url = media.url ?? dataUrl(media);
  if (isImage(media)) return { type: 'image_url', image_url: { url } };
  return { type: 'file', file: { filename: 'a.pdf', file_data: url } };
}

function bodyOf(options: ClientOptions, messages: Message[], { choice, isSerial }: Sending) {
  const { name } = tool;
  return {
    model: options.model,
    messages,
    ...(options.tools && { tools: [{ type: 'function' as const, function: tool }] }),
    ...(choice === 'forced' && { tool_choice: { type: 'function' as const, function: { name } } }),
    ...(choice === 'none' && { tool_choice: 'none' as const }),
    ...(isSerial && { parallel_tool_calls: false }),
    ...(options.thinks && { reasoning_effort: 'high' as const }),
    ...(options.stop && { stop: [...options.stop] }),
    ...(options.wantsSchema && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'city', strict: true, schema: tool.parameters },
      },
    }),
  };
}

/** The SDK keeps the last piece of each field that it does not know: here the pieces are joined. */
/** Without what the SDK adds for its user alone. */
function sendable(message: OpenAI.Chat.ChatCompletionMessage): Message {
  const calls = message.tool_calls?.map((call) =>
    call.type === 'function'
      ? { ...call, function: { ...call.function, parsed_arguments: undefined } }
      : call,
  );
  return { ...message, parsed: undefined, ...(calls && { tool_calls: calls }) } as Message;
}

async function streamed(client: OpenAI, body: ReturnType<typeof bodyOf>): Promise<Completion> {
  const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
  let thought = '';
  const details: object[] = [];
  stream.on('chunk', ({ choices: [choice] }) => {
    const delta = (choice?.delta ?? {}) as Thought;
    thought += delta.reasoning_content ?? '';
    details.push(...(delta.reasoning_details ?? []));
  });
  const completion = await stream.finalChatCompletion();
  const more: Thought = {
    ...(thought !== '' && { reasoning_content: thought }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
  return {
    usage: completion.usage,
    choices: completion.choices.map((each) => ({ ...each, message: { ...each.message, ...more } })),
  };
}

function callsOf(message: OpenAI.Chat.ChatCompletionMessage): readonly Call[] {
  return (message.tool_calls ?? []).map((call) => {
    if (call.type !== 'function') throw new Error('no function');
    return { id: call.id, name: call.function.name, args: JSON.parse(call.function.arguments) as unknown };
  });
}

export const chat: Client = (options) => {
  const client = new OpenAI({ apiKey: options.key, baseURL: `${options.url}/v1`, maxRetries: 0 });
  const messages: Message[] = options.system ? [{ role: 'system', content: options.system }] : [];
  let calls: readonly Call[] = [];
  return {
    say(text, ...media) {
      const parts = [{ type: 'text' as const, text }, ...media.map(partOf)];
      messages.push({ role: 'user', content: media.length > 0 ? parts : text });
    },
    instruct: (content) => void messages.push({ role: 'developer', content }),
    respond(...results) {
      for (const [index, content] of results.entries()) {
        messages.push({ role: 'tool', tool_call_id: calls[index]?.id ?? '', content });
      }
    },
    async send(sending = {}) {
      const body = bodyOf({ ...options, ...sending }, messages, sending);
      const { choices, usage } = options.stream
        ? await streamed(client, body)
        : await client.chat.completions.create(body);
      const [choice] = choices;
      if (!choice) throw new Error('no choice');
      const { message, finish_reason } = choice;
      messages.push(sendable(message));
      calls = callsOf(message);
      return {
        text: message.content || message.refusal || '',
        thought: (message as Thought).reasoning_content ?? '',
        calls,
        ending: message.refusal ? 'refusal' : (endings[finish_reason] ?? `unknown: ${finish_reason}`),
        input: usage?.prompt_tokens ?? -1,
        output: usage?.completion_tokens ?? -1,
        cached: usage?.prompt_tokens_details?.cached_tokens ?? 0,
      };
    },
    respondWith: undefined,
    count: undefined,
  };
};
