/** A mock of Anthropic Messages: reads what is asked, and responds in Anthropic's order of events. */
import { countMessages } from './counts.ts';
import { digest, inPieces, isAbsent, type Json, list, object } from './json.ts';
import { blockRules, blocksOf } from './messages-block-rules.ts';
import { isThinking, messagesRules } from './messages-rules.ts';
import type { Mock } from './mock.ts';
import { type Asked, type Scene, usage } from './scene.ts';
import { sign } from './signatures.ts';

const textOf = (content: unknown): string =>
  blocksOf(content)
    .map(({ text }) => text ?? '')
    .join('');

function mediaOf(content: unknown): readonly string[] {
  return blocksOf(content)
    .filter(({ type }) => type === 'image' || type === 'document')
    .map(({ source }) => {
      const { url, media_type, data } = object(source);
      return isAbsent(url) ? `${media_type} ${digest(String(data))}` : String(url);
    });
}

function choiceOf(body: Json): Asked['choice'] {
  const { type } = object(body.tool_choice);
  if (type === 'none') return 'none';
  return type === 'any' || type === 'tool' ? 'forced' : 'auto';
}

function read(body: Json): Asked {
  const messages = list(body.messages);
  const turns = isAbsent(body.system) ? messages : [{ role: 'system', content: body.system }, ...messages];
  const last = messages.findLast(({ role }) => role === 'user')?.content;
  const stops = Array.isArray(body.stop_sequences) ? body.stop_sequences.map(String) : [];
  return {
    transcript: turns.map(({ role, content }) => `${role}: ${textOf(content)}`),
    text: textOf(last),
    results: blocksOf(last).flatMap((block) =>
      block.type === 'tool_result'
        ? [
            textOf(block.content) +
              mediaOf(block.content)
                .map((each) => ` ${each}`)
                .join(''),
          ]
        : [],
    ),
    media: mediaOf(last),
    hasTools: list(body.tools).length > 0,
    choice: choiceOf(body),
    isSerial: object(body.tool_choice).disable_parallel_tool_use === true,
    thinks: isThinking(body),
    remembers: messages.some(({ content }) => blocksOf(content).some(({ type }) => type === 'thinking')),
    wantsSchema: !isAbsent(object(body.output_config).format),
    stops,
  };
}

function reasonOf({ calls, ending, stopped }: Scene): string {
  if (calls.length > 0) return 'tool_use';
  if (stopped !== undefined) return 'stop_sequence';
  return { stop: 'end_turn', length: 'max_tokens', refusal: 'refusal' }[ending];
}

const report = {
  input_tokens: usage.input - usage.cached,
  cache_read_input_tokens: usage.cached,
  cache_creation_input_tokens: 0,
  output_tokens: usage.output,
};

function contentOf({ thought, text, calls }: Scene): readonly Json[] {
  return [
    ...(thought ? [{ type: 'thinking', thinking: thought, signature: sign('anthropic', thought) }] : []),
    ...(text ? [{ type: 'text', text, citations: null }] : []),
    ...calls.map(({ id, name, args }) => ({ type: 'tool_use', id: `toolu_${id}`, name, input: args })),
  ];
}

const endOf = (scene: Scene) => ({
  stop_reason: reasonOf(scene),
  stop_sequence: scene.stopped ?? null,
  stop_details: null,
});
const messageOf = (model: string) => ({ id: 'msg_1', type: 'message', role: 'assistant', model });

const eventOf = (type: string, more: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

function blockEvents(block: Json, index: number): readonly string[] {
  const delta = (members: object) => eventOf('content_block_delta', { index, delta: members });
  const begin = (empty: object) =>
    eventOf('content_block_start', { index, content_block: { ...block, ...empty } });
  const stop = eventOf('content_block_stop', { index });
  if (block.type === 'thinking') {
    const pieces = inPieces(String(block.thinking)).map((thinking) =>
      delta({ type: 'thinking_delta', thinking }),
    );
    const signature = delta({ type: 'signature_delta', signature: block.signature });
    return [begin({ thinking: '', signature: '' }), ...pieces, signature, stop];
  }
  if (block.type === 'text') {
    const pieces = inPieces(String(block.text)).map((text) => delta({ type: 'text_delta', text }));
    return [begin({ text: '' }), ...pieces, stop];
  }
  const pieces = inPieces(JSON.stringify(block.input)).map((partial_json) =>
    delta({ type: 'input_json_delta', partial_json }),
  );
  return [begin({ input: {} }), ...pieces, stop];
}

export const messages: Mock = {
  rules: [...messagesRules, ...blockRules],
  sound: {
    model: 'claude-opus-4-8',
    max_tokens: 2000,
    messages: [{ role: 'user', content: 'Hello' }],
    tools: [{ name: 'f', input_schema: { type: 'object' } }],
  },
  read,
  whole: (scene, { model }) => ({
    ...messageOf(model),
    content: contentOf(scene),
    ...endOf(scene),
    usage: report,
  }),
  stream: (scene, { model }) => [
    eventOf('message_start', {
      message: {
        ...messageOf(model),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...report, output_tokens: 1 },
      },
    }),
    eventOf('ping'),
    ...contentOf(scene).flatMap(blockEvents),
    eventOf('message_delta', { delta: endOf(scene), usage: { output_tokens: usage.output } }),
    eventOf('message_stop'),
  ],
  count: countMessages,
  error: (message) => ({ type: 'error', error: { type: 'invalid_request_error', message } }),
  streamError: (message) => eventOf('error', { error: { type: 'overloaded_error', message } }),
};
