/** The client's side of requests that count tokens: requests for a response, with a number in its place. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { FateTable } from '../fates.ts';
import type { ResponseEvent } from '../form/response.ts';
import { geminiClient } from '../gemini/client.ts';
import { isPlainObject } from '../json.ts';
import { messagesClient } from '../messages/client.ts';
import type { ClientForm, ResponseWriter } from '../parts.ts';
import { responsesClient } from '../responses/client.ts';
import { type CountBody, geminiCount, messagesCount, responsesCount } from './count-bodies.ts';

class CountWriter implements ResponseWriter {
  readonly #bodyOf: CountBody;
  #inputTokens = 0;

  constructor(bodyOf: CountBody) {
    this.#bodyOf = bodyOf;
  }

  push(event: ResponseEvent): string {
    // Mutated by tests: a translated count
    if (event.type === 'usage') this.#inputTokens = event.usage.inputTokens;
    return '';
  }

  end(): string {
    return JSON.stringify(this.#bodyOf(this.#inputTokens));
  }
}

const counting = (form: ClientForm, bodyOf: CountBody): ClientForm => ({
  ...form,
  writeResponse: () => new CountWriter(bodyOf),
});

export const messagesCountClient: ClientForm = {
  ...counting(messagesClient, messagesCount),
  // A request for a response cannot be without a limit, one that counts has none.
  readRequest: (body, losses) => ({
    ...messagesClient.readRequest({ ...body, max_tokens: 1 }, losses),
    maxOutputTokens: undefined,
  }),
};

const responsesCounting = counting(responsesClient, responsesCount);

export const responsesCountClient: ClientForm = {
  ...responsesCounting,
  // [TO InputTokenCountParams] A tone for OpenAI's own models.
  fates: { ...responsesClient.fates, personality: 'dropped' },
};

/** Both spellings of the member that may hold a whole request. */
const wrappers = ['generateContentRequest', 'generate_content_request'] as const;

/** The request whose tokens a Gemini client wants to know: the body itself, or the request in it. */
export function requestToCount(body: JsonObject): JsonObject {
  return wrappers.map((name) => body[name]).find(isPlainObject) ?? body;
}

const wrappedFates: FateTable = Object.fromEntries(
  wrappers.flatMap((wrapper) => [
    [wrapper, 'mapped'] as const,
    ...Object.entries(geminiClient.fates).map(([path, fate]) => [`${wrapper}.${path}`, fate] as const),
  ]),
);

export const geminiCountClient: ClientForm = {
  ...counting(geminiClient, geminiCount),
  fates: { ...geminiClient.fates, ...wrappedFates },
  readRequest: (body, losses) => geminiClient.readRequest(requestToCount(body), losses),
};
