/** A small translator for tests: chat completions served by Anthropic messages, text only. */
import { HalleyError } from '../../src/platform/errors.ts';
import type { Piece } from '../../src/protocols/events/piece.ts';
import { parseEvent } from '../../src/protocols/events/server-sent-event.ts';
import type { JsonObject } from '../../src/protocols/protocol.ts';
import type { ResponseTranslator, Translator } from '../../src/protocols/translate/translator.ts';

const outputTokensDefault = 1024;

interface MessageEvent {
  readonly type: string;
  readonly delta?: { readonly text?: string };
}

function request(body: JsonObject, model: string): JsonObject {
  if (body.tools !== undefined) {
    const message = '"tools" cannot be sent to an Anthropic upstream. Leave it out.';
    throw new HalleyError('invalid_body', { message, param: 'tools' });
  }
  const { messages, stream, max_tokens = outputTokensDefault } = body;
  return { model, max_tokens, messages, ...(stream === true && { stream }) };
}

/** Anthropic's JSON is translated once it is complete. */
class WholeMessage implements ResponseTranslator {
  readonly #pieces: Buffer[] = [];

  push({ bytes }: Piece): undefined {
    this.#pieces.push(bytes);
  }

  end(): Buffer {
    const { id, content } = JSON.parse(Buffer.concat(this.#pieces).toString());
    const message = { role: 'assistant', content: content[0].text };
    return Buffer.from(JSON.stringify({ id, object: 'chat.completion', choices: [{ index: 0, message }] }));
  }
}

class MessageStream implements ResponseTranslator {
  push(piece: Piece): Buffer | undefined {
    const chunks = [...piece.events()].flatMap((event) =>
      chunkOf(JSON.parse(parseEvent(event).data ?? '{}')),
    );
    return chunks.length === 0 ? undefined : Buffer.from(chunks.join(''));
  }

  end(): undefined {}
}

function chunkOf({ type, delta }: MessageEvent): readonly string[] {
  if (type === 'message_stop') return ['data: [DONE]\n\n'];
  if (type !== 'content_block_delta') return [];
  return [`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: delta?.text } }] })}\n\n`];
}

export const chatToMessages: Translator = {
  request,
  upstreamForm: (form) => form,
  response: (form) => (form === 'sse' ? new MessageStream() : new WholeMessage()),
  error(_status, body) {
    const { message } = (body.error ?? {}) as { readonly message?: string };
    return new HalleyError('invalid_body', { message: message ?? 'The upstream refused the request.' });
  },
};
