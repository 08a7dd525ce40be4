/** Starts the mock providers: one upstream that speaks three protocols and refuses what each provider refuses. */
import { type FakeUpstream, startFakeUpstream } from '../../support/fake-upstream.ts';
import { choose, json, pieces } from '../../support/upstream-behaviours.ts';
import type { Behaviour } from '../../support/upstream-exchange.ts';
import { chatResponse } from './chat.ts';
import { geminiCountResponse, messagesCountResponse, responsesCountResponse } from './counts.ts';
import { geminiResponse } from './gemini.ts';
import { messagesResponse } from './messages.ts';
import { type Json, Refused } from './scene.ts';

function behave(respond: (body: Json) => object | string[], errorOf: (message: string) => object): Behaviour {
  return choose((_, bytes) => {
    try {
      const response = respond(JSON.parse(bytes.toString()));
      return Array.isArray(response)
        ? pieces(response, 1, { 'content-type': 'text/event-stream' })
        : json(response);
    } catch (thrown) {
      if (thrown instanceof Refused) return json(errorOf(thrown.message), 400);
      throw thrown;
    }
  });
}

export const providers = ['openai', 'anthropic', 'gemini'] as const;
export type ProviderName = (typeof providers)[number];

export async function startProviders(): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream();
  const openaiError = (message: string) => ({
    error: { message, type: 'invalid_request_error', param: null, code: null },
  });
  const anthropicError = (message: string) => ({
    type: 'error',
    error: { type: 'invalid_request_error', message },
  });
  const geminiError = (message: string) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } });
  upstream.on('/v1/chat/completions', behave(chatResponse, openaiError));
  upstream.on('/v1/responses/input_tokens', behave(responsesCountResponse, openaiError));
  upstream.on('/v1/messages', behave(messagesResponse, anthropicError));
  upstream.on('/v1/messages/count_tokens', behave(messagesCountResponse, anthropicError));
  const gemini = choose(({ recorded: { url } }) => {
    if (url.includes(':countTokens')) return behave(geminiCountResponse, geminiError);
    return behave((body) => geminiResponse(body, url.includes(':streamGenerateContent')), geminiError);
  });
  for (const path of ['/v1beta/models/', '/v1/models/']) upstream.on(path, gemini);
  return upstream;
}
