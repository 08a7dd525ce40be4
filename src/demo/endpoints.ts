/** The endpoints of the demo upstream, one for each model operation. */
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { OperationName } from '../operations/registry.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import { countMessageTokens, messages } from './anthropic.ts';
import type { Fields } from './fields.ts';
import * as gemini from './gemini.ts';
import { speech, transcriptions } from './openai-audio.ts';
import { chatCompletions, completions } from './openai-chat.ts';
import { embeddings } from './openai-embeddings.ts';
import { imageEdits, imageGenerations } from './openai-images.ts';
import { moderations } from './openai-moderations.ts';
import { inputTokens, responses } from './openai-responses.ts';
import { type DemoContext, type DemoReply, jsonReply } from './reply.ts';
import { cohereRerank, rerank } from './rerank.ts';

/** What the path of a request specifies. */
export interface DemoPath {
  readonly model: string;
  readonly form: ResponseForm;
}

type Endpoint = (body: Fields, context: DemoContext, path: DemoPath) => DemoReply;

/** Undefined means that the demo does not implement the operation. */
export const demoEndpoints: Readonly<Record<OperationName, Endpoint | undefined>> = {
  'chat.completions': chatCompletions,
  completions,
  responses,
  'responses.input_tokens': inputTokens,
  'responses.compact': undefined,
  embeddings,
  'images.generations': imageGenerations,
  'images.edits': imageEdits,
  'audio.speech': speech,
  'audio.transcriptions': transcriptions,
  'audio.translations': transcriptions,
  moderations,
  rerank,
  'rerank.cohere': cohereRerank,
  messages,
  'messages.count_tokens': countMessageTokens,
  generateContent: (body, context, { model }) => gemini.generateContent(body, model, context),
  streamGenerateContent: (body, context, { model, form }) =>
    gemini.streamGenerateContent(body, model, context, form),
  embedContent: gemini.embedContent,
  batchEmbedContents: gemini.batchEmbedContents,
  countTokens: gemini.countContentTokens,
};

/** Formats an error response for each protocol. */
export const demoErrors: Readonly<Record<ProtocolName, (status: number, message: string) => DemoReply>> = {
  openai: (status, message) =>
    jsonReply({ error: { message, type: 'invalid_request_error', param: null, code: null } }, status),
  anthropic: (status, message) =>
    jsonReply({ type: 'error', error: { type: 'invalid_request_error', message } }, status),
  gemini: (code, message) => jsonReply({ error: { code, message, status: 'INVALID_ARGUMENT' } }, code),
};
