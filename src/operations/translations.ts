/** The translations by which an operation can be served over another protocol than its client's. */

import type { RerankApi } from '../domain/channel-options.ts';
import { chatClient } from '../protocols/translate/chat/client.ts';
import { chatUpstream } from '../protocols/translate/chat/upstream.ts';
import { completionsClient } from '../protocols/translate/completions/client.ts';
import {
  geminiCountClient,
  messagesCountClient,
  responsesCountClient,
} from '../protocols/translate/counting/clients.ts';
import {
  geminiCountUpstream,
  messagesCountUpstream,
  responsesCountUpstream,
} from '../protocols/translate/counting/upstreams.ts';
import { geminiClient } from '../protocols/translate/gemini/client.ts';
import { geminiUpstream } from '../protocols/translate/gemini/upstream.ts';
import { messagesClient } from '../protocols/translate/messages/client.ts';
import { messagesUpstream } from '../protocols/translate/messages/upstream.ts';
import type { ClientForm, UpstreamForm } from '../protocols/translate/parts.ts';
import { RerankTranslator } from '../protocols/translate/rerank/translator.ts';
import { responsesClient } from '../protocols/translate/responses/client.ts';
import { responsesUpstream } from '../protocols/translate/responses/upstream.ts';
import { type CallTranslator, Translator } from '../protocols/translate/translator.ts';
import type { OperationName } from './registry.ts';

export interface Translation {
  /** The client's operation. */
  readonly from: OperationName;
  /** The operation of the upstream that serves it, whole and as a stream. */
  readonly to: OperationName;
  readonly toStream: OperationName;
  /** What an upstream that reranks documents must speak; undefined = its operation says it. */
  readonly rerankApi?: RerankApi;
  readonly translator: CallTranslator;
}

type Target = Pick<Translation, 'to' | 'toStream'> & { readonly form: UpstreamForm };

const chat: Target = { to: 'chat.completions', toStream: 'chat.completions', form: chatUpstream };
const responses: Target = { to: 'responses', toStream: 'responses', form: responsesUpstream };
const messages: Target = { to: 'messages', toStream: 'messages', form: messagesUpstream };
const gemini: Target = { to: 'generateContent', toStream: 'streamGenerateContent', form: geminiUpstream };

const counting = (to: OperationName, form: UpstreamForm): Target => ({ to, toStream: to, form });
const countOf = {
  responses: counting('responses.input_tokens', responsesCountUpstream),
  messages: counting('messages.count_tokens', messagesCountUpstream),
  gemini: counting('countTokens', geminiCountUpstream),
};

function from(names: readonly OperationName[], client: ClientForm, targets: readonly Target[]) {
  return names.flatMap((operation) =>
    targets.map(({ form, ...target }): Translation => {
      return { from: operation, ...target, translator: new Translator(client, form) };
    }),
  );
}

const rerankTargets = [
  ['rerank', 'jina'],
  ['rerank', 'voyage'],
  ['rerank.cohere', 'cohere'],
] as const;

function reranking(operation: 'rerank' | 'rerank.cohere', client: 'jina' | 'cohere') {
  return rerankTargets
    .filter(([, api]) => api !== client)
    .map(([to, rerankApi]): Translation => {
      const translator = new RerankTranslator(client, rerankApi);
      return { from: operation, to, toStream: to, rerankApi, translator };
    });
}

/** In order of preference. */
export const translations: readonly Translation[] = [
  ...from(['chat.completions'], chatClient, [responses, messages, gemini]),
  ...from(['completions'], completionsClient, [responses, chat, messages, gemini]),
  ...from(['responses'], responsesClient, [chat, messages, gemini]),
  ...from(['messages'], messagesClient, [responses, chat, gemini]),
  ...from(['generateContent', 'streamGenerateContent'], geminiClient, [responses, chat, messages]),
  ...from(['responses.input_tokens'], responsesCountClient, [countOf.messages, countOf.gemini]),
  ...from(['messages.count_tokens'], messagesCountClient, [countOf.responses, countOf.gemini]),
  ...from(['countTokens'], geminiCountClient, [countOf.responses, countOf.messages]),
  ...reranking('rerank', 'jina'),
  ...reranking('rerank.cohere', 'cohere'),
];
