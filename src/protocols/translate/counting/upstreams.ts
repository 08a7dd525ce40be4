/** The upstream's side of requests that count tokens. Pure. */
import { noUsage } from '../../../domain/usage.ts';
import { limits } from '../../../platform/limits.ts';
import type { Piece } from '../../events/piece.ts';
import type { JsonObject } from '../../protocol.ts';
import { asObject, countOf, parseOr } from '../../usage/usage-shape.ts';
import type { ResponseEvent } from '../form/response.ts';
import { geminiUpstream } from '../gemini/upstream.ts';
import { messagesUpstream } from '../messages/upstream.ts';
import type { ResponseReader, UpstreamForm } from '../parts.ts';
import { responsesUpstream } from '../responses/upstream.ts';

class CountReader implements ResponseReader {
  readonly #member: string;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  /** @param member that has the number */
  constructor(member: string) {
    this.#member = member;
  }

  push({ bytes }: Piece): readonly ResponseEvent[] {
    this.#bytes += bytes.length;
    if (this.#bytes <= limits.response_start_bytes_max) this.#pieces.push(bytes);
    return [];
  }

  end(): readonly ResponseEvent[] {
    const inputTokens = countOf(asObject(parseOr(Buffer.concat(this.#pieces).toString()))?.[this.#member]);
    if (inputTokens === undefined)
      return [{ type: 'error', message: 'The upstream sent no token count.', code: '' }];
    return [
      { type: 'start', id: '' },
      { type: 'usage', usage: { ...noUsage, inputTokens } },
      { type: 'end', reason: 'stop', stopSequence: undefined },
    ];
  }
}

/** @param bodyOf the request that counts, made of the one that would ask for a response */
function counting(
  form: UpstreamForm,
  member: string,
  bodyOf: (body: JsonObject, model: string) => JsonObject,
): UpstreamForm {
  return {
    ...form,
    writeRequest: (request, model, losses, options) =>
      bodyOf(form.writeRequest(request, model, losses, options), model),
    readResponse: () => new CountReader(member),
  };
}

const only =
  (...names: readonly string[]) =>
  (body: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));

/** [TA MessageCountTokensParams] */
export const messagesCountUpstream: UpstreamForm = counting(
  messagesUpstream,
  'input_tokens',
  only('model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'cache_control'),
);

/** [TO InputTokenCountParams] */
export const responsesCountUpstream: UpstreamForm = counting(
  responsesUpstream,
  'input_tokens',
  only('model', 'instructions', 'input', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning'),
);

/** Google's API counts instructions and tools only within a whole request, which names the model again. */
export const geminiCountUpstream: UpstreamForm = counting(geminiUpstream, 'totalTokens', (body, model) => ({
  generateContentRequest: { model: `models/${model}`, ...body },
}));
