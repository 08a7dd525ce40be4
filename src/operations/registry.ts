/** All model operations, by name. Routing, OpenAPI, catalogue, channel test and demo upstream derive from this list. */
import { countTokens } from './anthropic/count-tokens.ts';
import { messages } from './anthropic/messages.ts';
import { countContentTokens } from './gemini/count-tokens.ts';
import { batchEmbedContents, embedContent } from './gemini/embed-content.ts';
import { generateContent, streamGenerateContent } from './gemini/generate-content.ts';
import { audioSpeech } from './openai/audio-speech.ts';
import { audioTranscriptions, audioTranslations } from './openai/audio-transcriptions.ts';
import { chatCompletions } from './openai/chat-completions.ts';
import { completions } from './openai/completions.ts';
import { embeddings } from './openai/embeddings.ts';
import { imagesEdits } from './openai/images-edits.ts';
import { imagesGenerations } from './openai/images-generations.ts';
import { inputTokens } from './openai/input-tokens.ts';
import { moderations } from './openai/moderations.ts';
import { responses } from './openai/responses.ts';
import { responsesCompact } from './openai/responses-compact.ts';
import type { OperationDefinition } from './operation.ts';
import { cohereRerank, rerank } from './rerank.ts';

const registry = {
  'chat.completions': chatCompletions,
  completions,
  responses,
  'responses.input_tokens': inputTokens,
  'responses.compact': responsesCompact,
  embeddings,
  'images.generations': imagesGenerations,
  'images.edits': imagesEdits,
  'audio.speech': audioSpeech,
  'audio.transcriptions': audioTranscriptions,
  'audio.translations': audioTranslations,
  moderations,
  rerank,
  'rerank.cohere': cohereRerank,
  messages,
  'messages.count_tokens': countTokens,
  generateContent,
  streamGenerateContent,
  embedContent,
  batchEmbedContents,
  countTokens: countContentTokens,
} as const satisfies Readonly<Record<string, OperationDefinition>>;

export type OperationName = keyof typeof registry;

export const operations: Readonly<Record<OperationName, OperationDefinition>> = registry;

/** Versions of Gemini's API that paths with a model may name. */
const modelPathPrefixes = ['/v1beta/models/', '/v1/models/'] as const;

/** Every path of an operation; `{model}` stands for the model where the path names it. */
export function pathsOf({ at }: OperationDefinition): readonly string[] {
  if ('path' in at) return [at.path, ...[at.google, at.short].flatMap((path) => path ?? [])];
  return modelPathPrefixes.map((prefix) => `${prefix}{model}:${at.verb}`);
}

/** The path of an operation for one model. */
export function pathFor(operation: OperationDefinition, model: string): string {
  return (pathsOf(operation)[0] ?? '').replace('{model}', () => encodeURIComponent(model));
}

/** The path of an operation for one model, whose response is a stream of events. */
export function streamPathFor(operation: OperationDefinition, model: string): string {
  return pathFor(operation, model) + (operation.streams === 'always' ? '?alt=sse' : '');
}

/** The prefix of a path that names a model; undefined = it is none. */
export const modelPathPrefix = (path: string): string | undefined =>
  modelPathPrefixes.find((prefix) => path.startsWith(prefix));
