/** The demo's Anthropic messages and token counting. Pure. */
import { isThinkingShown, situationOf } from './anthropic-situation.ts';
import { type DemoCompletion, makeCompletion, paceOf } from './completion.ts';
import { arrayAt, BadRequest, type Fields, isFields, textOf, textsAt, wholeAt } from './fields.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { scriptFor } from './script.ts';
import { signatureOf } from './signature.ts';
import { countTokens, splitTokens } from './tokens.ts';

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

function stopReason({ ending, calls }: DemoCompletion): string {
  if (ending === 'length') return 'max_tokens';
  if (calls.length > 0) return 'tool_use';
  return ending === 'stop_sequence' ? 'stop_sequence' : 'end_turn';
}

/** A block of the response with the deltas that stream it. */
interface Block {
  readonly whole: Fields;
  /** As `content_block_start` has it. */
  readonly empty: Fields;
  readonly deltas: readonly Fields[];
}

function blocksOf(completion: DemoCompletion, body: Fields, context: DemoContext): readonly Block[] {
  const blocks: Block[] = [];
  if (completion.thoughts.length > 0) blocks.push(thinkingBlock(completion, isThinkingShown(body)));
  const { text, pieces, calls } = completion;
  if (text !== '' || blocks.length === 0) {
    const deltas = pieces.map((piece) => ({ type: 'text_delta', text: piece }));
    blocks.push({ whole: { type: 'text', text }, empty: { type: 'text', text: '' }, deltas });
  }
  const called = calls.map(({ name, args }, index) => {
    const use = { type: 'tool_use', id: `toolu_${context.id}_${index}`, name };
    const parts = ['', ...splitTokens(JSON.stringify(args)).map((piece) => piece.text)];
    const deltas = parts.map((partial_json) => ({ type: 'input_json_delta', partial_json }));
    return { whole: { ...use, input: args }, empty: { ...use, input: {} }, deltas };
  });
  return [...blocks, ...called];
}

function thinkingBlock({ thoughts }: DemoCompletion, isShown: boolean): Block {
  const shown = isShown ? thoughts : [];
  const signature = signatureOf(shown.join(''));
  return {
    whole: { type: 'thinking', thinking: shown.join(''), signature },
    empty: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...shown.map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature },
    ],
  };
}

/** Event order and fields: https://docs.anthropic.com/en/api/messages-streaming */
function* events(started: Fields, completion: DemoCompletion, blocks: readonly Block[]): Generator<string> {
  const event = (type: string, fields: Fields) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  let opening = event('message_start', { message: started });
  for (const [index, { empty, deltas }] of blocks.entries()) {
    const ping = index === 0 ? event('ping', {}) : '';
    yield opening + event('content_block_start', { index, content_block: empty }) + ping;
    for (const delta of deltas) yield event('content_block_delta', { index, delta });
    opening = event('content_block_stop', { index });
  }
  const delta = { stop_reason: stopReason(completion), stop_sequence: completion.stopSequence };
  yield opening +
    event('message_delta', { delta, usage: { output_tokens: completion.outputTokens } }) +
    event('message_stop', {});
}

/** POST /v1/messages (https://docs.anthropic.com/en/api/messages). */
export function messages(body: Fields, context: DemoContext): DemoReply {
  const maxTokens = wholeAt(body, 'max_tokens', 1, 1_000_000);
  if (maxTokens === undefined) throw new BadRequest('max_tokens: Field required');
  const situation = situationOf(body, messagesOf(body));
  const completion = makeCompletion({
    userText: situation.userText,
    script: scriptFor(situation),
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
  const blocks = blocksOf(completion, body, context);
  if (body.stream === true) {
    const started = {
      ...head,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage, output_tokens: 1 },
    };
    return sseReply(events(started, completion, blocks), completion.chunkMs);
  }
  return jsonReply({
    ...head,
    content: blocks.map(({ whole }) => whole),
    stop_reason: stopReason(completion),
    stop_sequence: completion.stopSequence,
    usage: { ...usage, output_tokens: completion.outputTokens },
  });
}

/** POST /v1/messages/count_tokens (https://docs.anthropic.com/en/api/messages-count-tokens). */
export function countMessageTokens(body: Fields): DemoReply {
  return jsonReply({ input_tokens: inputTokensOf(body) });
}
