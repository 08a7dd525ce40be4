/** Routes method and path to a model operation. Pure; paths and queries are raw. */
import { limits } from '../platform/limits.ts';
import { anthropic } from '../relay/protocols/anthropic.ts';
import { messagesRequest } from '../relay/protocols/anthropic-request.ts';
import { gemini } from '../relay/protocols/gemini.ts';
import { embedRequest, generateRequest } from '../relay/protocols/gemini-request.ts';
import { openai, openaiImages, openaiResponses } from '../relay/protocols/openai.ts';
import {
  chatRequest,
  completionRequest,
  embeddingsRequest,
  imagesRequest,
  responsesRequest,
} from '../relay/protocols/openai-request.ts';
import type { JsonObject, Operation, Protocol, ResponseForm } from '../relay/protocols/protocol.ts';
import type { RequestReading } from '../relay/protocols/request-bound.ts';
import { tailHold } from '../relay/protocols/tail-hold.ts';
import {
  checkStream,
  refuseBackground,
  refuseStream,
  requireArray,
  requireModel,
  requireOneOf,
} from './fields.ts';
import { queryValue, withoutKey } from './query.ts';

/** A path that takes other methods than the one used; `allow` is for the Allow header. */
export interface WrongMethod {
  readonly allow: string;
}

type BodyCheck = (body: JsonObject) => void;

const byStreamField = (body: JsonObject): ResponseForm => (body.stream === true ? 'sse' : 'json');
const alwaysJson = (): ResponseForm => 'json';

type Kind = Operation['kind'];

interface FixedOptions {
  readonly kind?: Kind;
  readonly charged?: boolean;
  readonly streams?: boolean;
}

/** What an operation reads of requests and answers, from its protocol. */
function readingOf({ bound, text, askForUsage, marks }: RequestReading) {
  return {
    bound,
    text,
    askForUsage,
    gate: (form: ResponseForm, hideUsage: boolean) => tailHold(marks, form, hideUsage),
  };
}

function fixed(
  protocol: Protocol,
  reading: RequestReading,
  name: string,
  path: string,
  checkFields: BodyCheck,
  { kind = 'generate', charged = true, streams = true }: FixedOptions = {},
): [string, Operation] {
  const operation: Operation = {
    protocol,
    name,
    kind: charged ? kind : undefined,
    modelInPath: undefined,
    charged,
    upstreamPath: () => path,
    checkBody(body) {
      if (streams) checkStream(body);
      checkFields(body);
    },
    responseForm: streams ? byStreamField : alwaysJson,
    ...readingOf(reading),
  };
  return [path, operation];
}

const messages: BodyCheck = (body) => requireArray(body, 'messages');
const picture: BodyCheck = (body) => {
  refuseStream(body);
  requireOneOf(body, ['prompt']);
};
const nothing: BodyCheck = () => {};

const fixedPaths: ReadonlyMap<string, Operation> = new Map([
  fixed(openai, chatRequest, 'chat.completions', '/v1/chat/completions', messages),
  fixed(openai, completionRequest, 'completions', '/v1/completions', nothing),
  fixed(openaiResponses, responsesRequest, 'responses', '/v1/responses', (body) => {
    refuseBackground(body);
    requireOneOf(body, ['input', 'prompt', 'previous_response_id', 'conversation']);
  }),
  fixed(openai, embeddingsRequest, 'embeddings', '/v1/embeddings', (body) => requireOneOf(body, ['input']), {
    kind: 'embed',
    streams: false,
  }),
  fixed(openaiImages, imagesRequest, 'images.generations', '/v1/images/generations', picture, {
    kind: 'images',
    streams: false,
  }),
  fixed(anthropic, messagesRequest, 'messages', '/v1/messages', messages),
  fixed(anthropic, messagesRequest, 'messages.count_tokens', '/v1/messages/count_tokens', messages, {
    charged: false,
    streams: false,
  }),
]);

interface GeminiVerb {
  readonly kind: Kind;
  readonly charged: boolean;
  readonly streams: boolean;
  readonly checkBody: BodyCheck;
  readonly reading: RequestReading;
}

const contents: BodyCheck = (body) => requireOneOf(body, ['contents']);

const geminiVerbs: ReadonlyMap<string, GeminiVerb> = new Map<string, GeminiVerb>([
  [
    'generateContent',
    { kind: 'generate', charged: true, streams: false, checkBody: contents, reading: generateRequest },
  ],
  [
    'streamGenerateContent',
    { kind: 'generate', charged: true, streams: true, checkBody: contents, reading: generateRequest },
  ],
  [
    'embedContent',
    {
      kind: 'embed',
      charged: true,
      streams: false,
      checkBody: (body) => requireOneOf(body, ['content']),
      reading: embedRequest,
    },
  ],
  [
    'batchEmbedContents',
    {
      kind: 'embed',
      charged: true,
      streams: false,
      checkBody: (body) => requireArray(body, 'requests'),
      reading: embedRequest,
    },
  ],
  [
    'countTokens',
    {
      kind: undefined,
      charged: false,
      streams: false,
      checkBody: (body) => requireOneOf(body, ['contents', 'generateContentRequest']),
      reading: generateRequest,
    },
  ],
]);

const geminiPrefixes = ['/v1beta/models/', '/v1/models/'] as const;

/** Every path that `matchOperation` knows; `{model}` stands for the model where the path names it. */
export const operationPaths: readonly string[] = [
  ...fixedPaths.keys(),
  ...geminiPrefixes.flatMap((prefix) => [...geminiVerbs.keys()].map((verb) => `${prefix}{model}:${verb}`)),
];

/** A model's name and what to do with it, from the part of a path after `/models/`. */
function splitVerb(rest: string): { model: string; verb: string } | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(rest);
  } catch {
    return undefined;
  }
  const colon = decoded.lastIndexOf(':');
  if (colon <= 0 || colon > limits.model_id_chars_max) return undefined;
  return { model: decoded.slice(0, colon), verb: decoded.slice(colon + 1) };
}

/** A model's name as it may stand in a path and in a log line. */
function isPlainName(model: string): boolean {
  return /^[^\p{C}\s]+$/u.test(model);
}

function geminiOperation(prefix: string, rest: string, query: string): Operation | undefined {
  const named = splitVerb(rest);
  const verb = named && geminiVerbs.get(named.verb);
  if (!verb || !isPlainName(named.model)) return undefined;
  const kept = withoutKey(query);
  const suffix = `:${named.verb}${kept === '' ? '' : `?${kept}`}`;
  const streamForm: ResponseForm = queryValue(query, 'alt') === 'sse' ? 'sse' : 'json-array';
  const form = verb.streams ? streamForm : 'json';
  return {
    protocol: gemini,
    name: named.verb,
    kind: verb.kind,
    modelInPath: named.model,
    charged: verb.charged,
    upstreamPath: (model) => prefix + encodeURIComponent(model) + suffix,
    checkBody(body) {
      requireModel(body, named.model);
      verb.checkBody(body);
    },
    responseForm: () => form,
    ...readingOf(verb.reading),
  };
}

/** One slash at the end is forgiven. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Whether the path belongs to the model API at all, known or not. */
export function isModelPath(path: string): boolean {
  return path.startsWith('/v1/') || path.startsWith('/v1beta/') || path === '/v1' || path === '/v1beta';
}

/**
 * The operation for a request to a model path. Lists of models are not operations: see models-route.ts.
 * @param path raw, before `?`
 * @param query raw, after `?`; goes to the upstream without the caller's key
 */
export function matchOperation(
  method: string,
  path: string,
  query: string,
): Operation | 'not_found' | WrongMethod {
  const known = fixedPaths.get(path) ?? fixedPaths.get(withoutTrailingSlash(path));
  if (known) {
    if (method !== 'POST') return { allow: 'POST' };
    const kept = withoutKey(query);
    if (kept === '') return known;
    return { ...known, upstreamPath: (model) => `${known.upstreamPath(model)}?${kept}` };
  }
  for (const prefix of geminiPrefixes) {
    if (!path.startsWith(prefix) || path.includes('//')) continue;
    const operation = geminiOperation(prefix, withoutTrailingSlash(path.slice(prefix.length)), query);
    if (operation) return method === 'POST' ? operation : { allow: 'POST' };
  }
  return 'not_found';
}
