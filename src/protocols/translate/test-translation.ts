/** Translates requests and responses between two forms without a network, for tests. */
import { piecesOf } from '../../../tests/support/pieces.ts';
import type { JsonObject, ResponseForm } from '../protocol.ts';
import { chatClient } from './chat/client.ts';
import { chatUpstream } from './chat/upstream.ts';
import { geminiClient } from './gemini/client.ts';
import { geminiUpstream } from './gemini/upstream.ts';
import { messagesClient } from './messages/client.ts';
import { messagesUpstream } from './messages/upstream.ts';
import type { RequestFacts } from './parts.ts';
import { responsesClient } from './responses/client.ts';
import { responsesUpstream } from './responses/upstream.ts';
import { type TranslationOptions, Translator } from './translator.ts';

export const clients = {
  chat: chatClient,
  responses: responsesClient,
  messages: messagesClient,
  gemini: geminiClient,
};
export const upstreams = {
  chat: chatUpstream,
  responses: responsesUpstream,
  messages: messagesUpstream,
  gemini: geminiUpstream,
};

export const strict: TranslationOptions = {
  policy: 'strict',
  channel: {},
  outputTokensDefault: 1000,
  lowered: undefined,
};
const facts: RequestFacts = { model: 'm', requestId: 'q', createdAt: 1, includesUsage: false };

/** One exchange: the request as the upstream gets it, and the client's response to chunks of the upstream's. */
export function exchange(
  client: keyof typeof clients,
  upstream: keyof typeof upstreams,
  body: JsonObject,
  {
    form = 'json',
    model = 'm',
    ...options
  }: Partial<TranslationOptions & { form: ResponseForm; model: string }> = {},
) {
  const translator = new Translator(clients[client], upstreams[upstream]);
  const request = translator.request(body, model, form, { ...strict, ...options });
  const respond = (...chunks: readonly (string | object)[]) => {
    const response = translator.response(translator.upstreamForm(form), form, {
      ...facts,
      seal: options.seal,
      ...request.hints,
    });
    const bytes = chunks.map((chunk) =>
      Buffer.from(typeof chunk === 'string' ? chunk : JSON.stringify(chunk)),
    );
    const shown = piecesOf(translator.upstreamForm(form), bytes).map((piece) => response.push(piece) ?? '');
    return { text: [...shown, response.end() ?? ''].join(''), failure: response.failure };
  };
  return { ...request, respond, json: (response: object) => JSON.parse(respond(response).text) };
}
