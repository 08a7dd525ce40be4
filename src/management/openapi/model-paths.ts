/** The model endpoints in the OpenAPI document: what Halley itself asks of them; each protocol's documentation holds. */
import { modelListPaths } from '../../model-api/models-route.ts';
import { type DescribedOperation, modelOperations } from '../../model-api/router.ts';
import { limits } from '../../platform/limits.ts';

type Json = Readonly<Record<string, unknown>>;

interface Described {
  readonly summary: string;
  readonly body: Json;
}

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

const described: Readonly<Record<string, Described>> = {
  'chat.completions': {
    summary: 'Chat completion',
    body: withModel({ messages: list }, { stream: mayStream }),
  },
  completions: { summary: 'Text completion', body: withModel({}, { stream: mayStream }) },
  responses: {
    summary: 'Response',
    body: {
      ...withModel({}, { stream: mayStream, background: never }),
      ...oneOfThese(['input', 'prompt', 'previous_response_id', 'conversation']),
    },
  },
  embeddings: { summary: 'Embeddings', body: withModel({ input: some }) },
  'images.generations': { summary: 'Pictures', body: withModel({ prompt: some }, { stream: never }) },
  messages: { summary: 'Message', body: withModel({ messages: list }, { stream: mayStream }) },
  'messages.count_tokens': { summary: 'Count tokens', body: withModel({ messages: list }) },
  generateContent: { summary: 'Generate', body: ofPath({ contents: some }) },
  streamGenerateContent: { summary: 'Generate, as a stream', body: ofPath({ contents: some }) },
  embedContent: { summary: 'Embed', body: ofPath({ content: some }) },
  batchEmbedContents: { summary: 'Embed several', body: ofPath({ requests: list }) },
  countTokens: {
    summary: 'Count tokens',
    body: { type: 'object', ...oneOfThese(['contents', 'generateContentRequest']) },
  },
};

const names = { openai: 'OpenAI', anthropic: 'Anthropic', gemini: 'Gemini' } as const;
const answer = { 'application/json': { schema: { type: 'object' } } };
const inPath = [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }];
const failure = { description: 'An error in the form of the protocol.', content: answer };

/** @throws Error for an operation that nobody has described */
function describeOperation({ path, protocol, name }: DescribedOperation): Json {
  const known = described[name];
  if (!known) throw new Error(`the operation ${name} is not described`);
  return {
    tags: [names[protocol]],
    summary: known.summary,
    description: `A request of the ${names[protocol]} protocol, passed on to a channel that has the model.`,
    security: [{ apiKey: [] }],
    ...(path.includes('{model}') && { parameters: inPath }),
    requestBody: { required: true, content: { 'application/json': { schema: known.body } } },
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
    ...modelOperations.map((each) => [each.path, { post: describeOperation(each) }]),
    ...modelListPaths.flatMap((path) => [
      [path, { get: describeList(path, false) }],
      [`${path}/{model}`, { get: describeList(path, true) }],
    ]),
  ]);
}
