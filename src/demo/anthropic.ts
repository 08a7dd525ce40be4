/** The demo's Anthropic messages and token counting. Pure. */
import { type DemoCompletion, makeCompletion, paceOf } from './completion.ts';
import { arrayAt, BadRequest, type Fields, isFields, textOf, textsAt, wholeAt } from './fields.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { countTokens } from './tokens.ts';

function messagesOf(body: Fields): readonly Fields[] {
  const messages = arrayAt(body, 'messages').filter(isFields);
  if (messages.length === 0) throw new BadRequest('messages: at least one message is required');
  return messages;
}

function inputTokensOf(body: Fields): number {
  const tools = arrayAt(body, 'tools');
  return messagesOf(body).reduce(
    (sum, { content }) => sum + 3 + countTokens(textOf(content)),
    3 + countTokens(textOf(body.system)) + (tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0),
  );
}

function stopReason({ ending }: DemoCompletion): string {
  if (ending === 'length') return 'max_tokens';
  return ending === 'stop_sequence' ? 'stop_sequence' : 'end_turn';
}

/** Event order and fields: https://docs.anthropic.com/en/api/messages-streaming */
function* events(started: Fields, completion: DemoCompletion): Generator<string> {
  const event = (type: string, fields: Fields) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  yield event('message_start', { message: started }) +
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    event('ping', {});
  for (const text of completion.pieces) {
    yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
  }
  const delta = { stop_reason: stopReason(completion), stop_sequence: completion.stopSequence };
  yield event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta, usage: { output_tokens: completion.outputTokens } }) +
    event('message_stop', {});
}

/** POST /v1/messages (https://docs.anthropic.com/en/api/messages). */
export function messages(body: Fields, context: DemoContext): DemoReply {
  const maxTokens = wholeAt(body, 'max_tokens', 1, 1_000_000);
  if (maxTokens === undefined) throw new BadRequest('max_tokens: Field required');
  const completion = makeCompletion({
    userText: textOf(messagesOf(body).findLast(({ role }) => role === 'user')?.content),
    maxTokens,
    stops: textsAt(body, 'stop_sequences'),
    pace: paceOf(body, context.chunkMs),
  });
  const usage = {
    input_tokens: inputTokensOf(body),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const head = { id: `msg_${context.id}`, type: 'message', role: 'assistant', model: body.model };
  if (body.stream === true) {
    const started = {
      ...head,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage, output_tokens: 1 },
    };
    return sseReply(events(started, completion), completion.chunkMs);
  }
  return jsonReply({
    ...head,
    content: [{ type: 'text', text: completion.text }],
    stop_reason: stopReason(completion),
    stop_sequence: completion.stopSequence,
    usage: { ...usage, output_tokens: completion.outputTokens },
  });
}

/** POST /v1/messages/count_tokens (https://docs.anthropic.com/en/api/messages-count-tokens). */
export function countMessageTokens(body: Fields): DemoReply {
  return jsonReply({ input_tokens: inputTokensOf(body) });
}
