/** What requests of Anthropic's protocol may use. Pure. Names are those of Anthropic's API reference. */
import { noPieces } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { messagesConversation } from './conversation.ts';
import { limitIn } from './output-limit.ts';
import { inputBound, outputSet, type RequestReading, tiersOf, valuesNamed } from './request-bound.ts';
import { isMediaType, type MediaPlaces, objectIn, payloadOfData } from './request-media.ts';
import { textOf } from './request-text.ts';
import { messagesToolCalls } from './tool-call-bound.ts';

/** Of the kinds of source, `text` and `content` are read as they are. */
function payloadOf(block: JsonObject): string | undefined {
  if (block.type !== 'image' && block.type !== 'document') return undefined;
  const source = objectIn(block, 'source');
  if (source?.type === 'base64')
    return isMediaType(source.media_type) ? payloadOfData(source.data) : undefined;
  return source?.type === 'url' || source?.type === 'file' ? '' : undefined;
}

const inMessages: MediaPlaces = { roots: ['messages', 'system'], inner: ['content', 'source'], payloadOf };

/** An organization may have bought capacity that is used for requests that name no tier. */
function tiersIn(body: JsonObject): readonly string[] {
  const values = valuesNamed(body, 'service_tier').map((value) =>
    value === 'standard_only' ? 'standard' : value,
  );
  const isFast = valuesNamed(body, 'speed').includes('fast');
  return [...tiersOf(values, ['priority']), ...(isFast ? ['fast'] : [])];
}

export const messagesRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inMessages),
    outputTokens: outputSet(...valuesNamed(body, 'max_tokens')),
    choices: 1,
    pieces: noPieces,
    tiers: tiersIn(body),
    toolCalls: messagesToolCalls(body),
  }),
  text: (body) => textOf(body, inMessages),
  conversation: messagesConversation,
  outputLimit(body, bytes) {
    const limit = limitIn(body, bytes, ['max_tokens']);
    return limit && { ...limit, thinkingTokens: outputSet(objectIn(body, 'thinking')?.budget_tokens) ?? 0 };
  },
};
