/**
 * Describes the model endpoints in the OpenAPI document, as far as Halley checks them; each protocol's own
 * documentation applies beyond that.
 */
import { modelListPaths } from '../../operations/model-lists.ts';
import type { JsonSchema, OperationDefinition } from '../../operations/operation.ts';
import { clientSecretsPath, realtimePath } from '../../operations/realtime.ts';
import { operations, pathsOf } from '../../operations/registry.ts';
import { type StoredCall, storedCalls } from '../../operations/stored/routes.ts';

const names = { openai: 'OpenAI', anthropic: 'Anthropic', gemini: 'Gemini' } as const;

const mediaTypes = {
  json: ['application/json'],
  form: ['multipart/form-data'],
  either: ['multipart/form-data', 'application/json'],
} as const;
const response = { 'application/json': { schema: { type: 'object' } } };
const inPath = [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }];
const failure = { description: 'An error in the format of the protocol.', content: response };

function describeOperation(
  path: string,
  { client, takes = 'json', openapi: { summary, body, answers = [] } }: OperationDefinition,
): JsonSchema {
  const answered = Object.fromEntries(answers.map((type) => [type, { schema: { type: 'string' } }]));
  return {
    tags: [names[client.name]],
    summary,
    description: `A request of the ${names[client.name]} protocol, forwarded to a channel that offers the model.`,
    security: [{ apiKey: [] }],
    ...(path.includes('{model}') && { parameters: inPath }),
    requestBody: {
      required: true,
      content: Object.fromEntries(mediaTypes[takes].map((type) => [type, { schema: body }])),
    },
    responses: {
      200: { description: "The upstream's answer.", content: { ...response, ...answered } },
      default: failure,
    },
  };
}

function describeList(path: string, one: boolean): JsonSchema {
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
    responses: { 200: { description: 'Those that the key may use.', content: response }, default: failure },
  };
}

/** docs/reference/stored-responses.md */
function describeStored({ path, summary }: StoredCall): JsonSchema {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  return {
    tags: ['OpenAI'],
    summary,
    description: path.endsWith('/cancel')
      ? 'Goes to the upstream that stores the response, which cancels only what runs in the background.'
      : 'Goes to the upstream that stores the response. Only the key that made it may do this; it is free.',
    security: [{ apiKey: [] }],
    parameters: [id],
    responses: {
      200: {
        description: "The upstream's answer.",
        content: response,
      },
      default: failure,
    },
  };
}

function describeStoredPaths(): Record<string, JsonSchema> {
  const paths: Record<string, JsonSchema> = {};
  for (const call of storedCalls)
    paths[call.path] = { ...paths[call.path], [call.method.toLowerCase()]: describeStored(call) };
  return paths;
}

const clientSecretBody = {
  type: 'object',
  properties: {
    expires_after: {
      type: 'object',
      properties: {
        anchor: { const: 'created_at' },
        seconds: { type: 'integer', minimum: 10, maximum: 7200, default: 600 },
      },
    },
    session: { type: 'object', description: 'The configuration that its sessions begin with.' },
  },
};

/** The realtime API: docs/reference/realtime.md. */
const realtimePaths: Record<string, JsonSchema> = {
  [realtimePath]: {
    get: {
      tags: ['OpenAI'],
      summary: 'Realtime session',
      description:
        'A WebSocket. Browsers send their key or client secret as the subprotocol `openai-insecure-api-key.<key>`, beside `realtime`. Errors before the upgrade are plain responses.',
      security: [{ apiKey: [] }],
      parameters: [{ name: 'model', in: 'query', required: true, schema: { type: 'string' } }],
      responses: { 101: { description: 'The session is open.' }, default: failure },
    },
  },
  [clientSecretsPath]: {
    post: {
      tags: ['OpenAI'],
      summary: 'Client secret for realtime sessions',
      description:
        'A secret of the gateway, with which a browser opens sessions as this key until it expires. It has no other use, and it stops working when the key does.',
      security: [{ apiKey: [] }],
      requestBody: { required: false, content: { 'application/json': { schema: clientSecretBody } } },
      responses: {
        200: { description: '`value`, `expires_at` and `session`.', content: response },
        default: failure,
      },
    },
  },
};

/** @returns path items of an OpenAPI document */
export function describeModelPaths(): Record<string, JsonSchema> {
  return Object.fromEntries([
    ...Object.values(operations).flatMap((each) =>
      pathsOf(each).map((path) => [path, { post: describeOperation(path, each) }]),
    ),
    ...modelListPaths.flatMap((path) => [
      [path, { get: describeList(path, false) }],
      [`${path}/{model}`, { get: describeList(path, true) }],
    ]),
    ...Object.entries(describeStoredPaths()),
    ...Object.entries(realtimePaths),
  ]);
}
