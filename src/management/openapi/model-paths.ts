/**
 * Describes the model endpoints in the OpenAPI document, as far as Halley checks them; each protocol's own
 * documentation applies beyond that.
 */
import { limits } from '../../platform/limits.ts';

type Json = Readonly<Record<string, unknown>>;

interface ModelOperation {
  readonly paths: readonly string[];
  readonly protocol: keyof typeof names;
  readonly summary: string;
  readonly body: Json;
}

const names = { openai: 'OpenAI', anthropic: 'Anthropic', gemini: 'Gemini' } as const;

const model = { type: 'string', minLength: 1, maxLength: limits.model_id_chars_max };
const some = { not: { type: 'null' } };
const list = { type: 'array' };
const mayStream = { type: ['boolean', 'null'] };
const never = { enum: [false, null] };

/** A body that names its model. */
const withModel = (required: Json, others: Json = {}): Json => ({
  type: 'object',
  required: ['model', ...Object.keys(required)],
  properties: { model, ...required, ...others },
});

/** A body of a model that the path names; one in the body must be the same. */
const ofPath = (required: Json): Json => ({
  type: 'object',
  required: Object.keys(required),
  properties: required,
});

const oneOfThese = (names: readonly string[]): Json => ({
  anyOf: names.map((name) => ({ required: [name], properties: { [name]: some } })),
});

const gemini = (verb: string, summary: string, body: Json): ModelOperation => ({
  paths: ['/v1beta', '/v1'].map((version) => `${version}/models/{model}:${verb}`),
  protocol: 'gemini',
  summary,
  body,
});

/** Those that model-api/router.ts matches; a test compares the two. */
const operations: readonly ModelOperation[] = [
  {
    paths: ['/v1/chat/completions'],
    protocol: 'openai',
    summary: 'Chat completion',
    body: withModel({ messages: list }, { stream: mayStream }),
  },
  {
    paths: ['/v1/completions'],
    protocol: 'openai',
    summary: 'Text completion',
    body: withModel({}, { stream: mayStream }),
  },
  {
    paths: ['/v1/responses'],
    protocol: 'openai',
    summary: 'Response',
    body: {
      ...withModel({}, { stream: mayStream, background: never }),
      ...oneOfThese(['input', 'prompt', 'previous_response_id', 'conversation']),
    },
  },
  {
    paths: ['/v1/embeddings'],
    protocol: 'openai',
    summary: 'Embeddings',
    body: withModel({ input: some }),
  },
  {
    paths: ['/v1/images/generations'],
    protocol: 'openai',
    summary: 'Images',
    body: withModel({ prompt: some }, { stream: never }),
  },
  {
    paths: ['/v1/messages'],
    protocol: 'anthropic',
    summary: 'Message',
    body: withModel({ messages: list }, { stream: mayStream }),
  },
  {
    paths: ['/v1/messages/count_tokens'],
    protocol: 'anthropic',
    summary: 'Count tokens',
    body: withModel({ messages: list }),
  },
  gemini('generateContent', 'Generate', ofPath({ contents: some })),
  gemini('streamGenerateContent', 'Generate, as a stream', ofPath({ contents: some })),
  gemini('embedContent', 'Embed', ofPath({ content: some })),
  gemini('batchEmbedContents', 'Embed several', ofPath({ requests: list })),
  gemini('countTokens', 'Count tokens', {
    type: 'object',
    ...oneOfThese(['contents', 'generateContentRequest']),
  }),
];

const listPaths = ['/v1/models', '/v1beta/models', '/v1beta/openai/models'];

const answer = { 'application/json': { schema: { type: 'object' } } };
const inPath = [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }];
const failure = { description: 'An error in the form of the protocol.', content: answer };

function describeOperation(path: string, { protocol, summary, body }: ModelOperation): Json {
  return {
    tags: [names[protocol]],
    summary,
    description: `A request of the ${names[protocol]} protocol, passed on to a channel that has the model.`,
    security: [{ apiKey: [] }],
    ...(path.includes('{model}') && { parameters: inPath }),
    requestBody: { required: true, content: { 'application/json': { schema: body } } },
    responses: { 200: { description: "The upstream's answer.", content: answer }, default: failure },
  };
}

function describeList(path: string, one: boolean): Json {
  const protocol = path === '/v1beta/models' ? 'Gemini' : 'OpenAI';
  return {
    tags: [protocol],
    summary: one ? 'Get a model' : 'List models',
    description:
      path === '/v1/models'
        ? 'With `anthropic-version` in the form of Anthropic, with `x-goog-api-key` in that of Gemini.'
        : `In the form of ${protocol}.`,
    security: [{ apiKey: [] }],
    ...(one && { parameters: inPath }),
    responses: { 200: { description: 'Those that the key may use.', content: answer }, default: failure },
  };
}

/** @returns path items of an OpenAPI document */
export function describeModelPaths(): Record<string, Json> {
  return Object.fromEntries([
    ...operations.flatMap((each) =>
      each.paths.map((path) => [path, { post: describeOperation(path, each) }]),
    ),
    ...listPaths.flatMap((path) => [
      [path, { get: describeList(path, false) }],
      [`${path}/{model}`, { get: describeList(path, true) }],
    ]),
  ]);
}
