/** Anthropic's SDK as a client of messages. */
import Anthropic from '@anthropic-ai/sdk';
import {
  type Call,
  type Client,
  type ClientOptions,
  isImage,
  type Media,
  type Seen,
  type Sending,
  tool,
} from './client.ts';

const endings: Readonly<Record<string, Seen['ending']>> = {
  end_turn: 'end_turn',
  stop_sequence: 'end_turn',
  max_tokens: 'length',
  tool_use: 'tool',
  refusal: 'refusal',
};

type MediaType = Anthropic.Base64ImageSource['media_type'];

function blockOf(media: Media): Anthropic.ImageBlockParam | Anthropic.DocumentBlockParam {
  const { url, data = '', mediaType } = media;
  if (!isImage(media)) {
    return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data } };
  }
  if (url !== undefined) return { type: 'image', source: { type: 'url', url } };
  return { type: 'image', source: { type: 'base64', media_type: mediaType as MediaType, data } };
}

/** Models before Opus 4.6 think by a budget alone. */
function thinkingOf({ thinks, model }: ClientOptions): Partial<Anthropic.MessageCreateParamsNonStreaming> {
  if (!thinks) return {};
  if (model.includes('haiku-4-5')) return { thinking: { type: 'enabled', budget_tokens: 1500 } };
  return { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } };
}

function toolChoiceOf({ choice, isSerial }: Sending): Anthropic.ToolChoice | undefined {
  if (choice === 'forced') return { type: 'tool', name: tool.name };
  if (choice === 'none') return { type: 'none' };
  return isSerial ? { type: 'auto', disable_parallel_tool_use: true } : undefined;
}

function bodyOf(options: ClientOptions, messages: Anthropic.MessageParam[], sending: Sending) {
  const { name, description, parameters } = tool;
  const choice = toolChoiceOf(sending);
  return {
    model: options.model,
    max_tokens: 2000,
    messages,
    ...(options.system && { system: options.system }),
    ...(options.tools && { tools: [{ name, description, input_schema: parameters }] }),
    ...(choice && { tool_choice: choice }),
    ...thinkingOf(options),
    ...(options.stop && { stop_sequences: [...options.stop] }),
    ...(options.wantsSchema && {
      output_config: { format: { type: 'json_schema' as const, schema: parameters } },
    }),
  };
}

function callsOf({ content }: Anthropic.Message): readonly Call[] {
  return content.flatMap((block) =>
    block.type === 'tool_use' ? [{ id: block.id, name: block.name, args: block.input }] : [],
  );
}

export const messages: Client = (options) => {
  const client = new Anthropic({ apiKey: options.key, baseURL: options.url, maxRetries: 0 });
  const turns: Anthropic.MessageParam[] = [];
  let calls: readonly Call[] = [];
  return {
    say(text, ...media) {
      const content = [...media.map(blockOf), { type: 'text' as const, text }];
      turns.push({ role: 'user', content: media.length > 0 ? content : text });
    },
    instruct: (content) => void turns.push({ role: 'system', content } as Anthropic.MessageParam),
    respond(...results) {
      const content = results.map((result, index) => ({
        type: 'tool_result' as const,
        tool_use_id: calls[index]?.id ?? '',
        content: result,
      }));
      turns.push({ role: 'user', content });
    },
    respondWith(media) {
      const result = {
        type: 'tool_result' as const,
        tool_use_id: calls[0]?.id ?? '',
        content: [blockOf(media)],
      };
      turns.push({ role: 'user', content: [result] });
    },
    async send(sending = {}) {
      const body = bodyOf({ ...options, ...sending }, turns, sending);
      const message = options.stream
        ? await client.messages.stream(body).finalMessage()
        : await client.messages.create(body);
      turns.push({ role: 'assistant', content: message.content });
      calls = callsOf(message);
      const { usage, stop_reason, content } = message;
      const cached = usage.cache_read_input_tokens ?? 0;
      return {
        text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
        thought: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
        calls,
        ending: endings[stop_reason ?? ''] ?? `unknown: ${stop_reason}`,
        input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
        output: usage.output_tokens,
        cached,
      };
    },
    async count() {
      const { model } = options;
      return (await client.messages.countTokens({ model, messages: turns })).input_tokens;
    },
  };
};
