/**
 * Describes the model endpoints in the OpenAPI document, as far as Halley checks them; each protocol's own
 * documentation applies beyond that.
 */
import { modelListPaths } from '../../operations/model-lists.ts';
import type { JsonSchema, OperationDefinition } from '../../operations/operation.ts';
import { operations, pathsOf } from '../../operations/registry.ts';

const names = { openai: 'OpenAI', anthropic: 'Anthropic', gemini: 'Gemini' } as const;

const response = { 'application/json': { schema: { type: 'object' } } };
const inPath = [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }];
const failure = { description: 'An error in the format of the protocol.', content: response };

function describeOperation(
  path: string,
  { client, openapi: { summary, body } }: OperationDefinition,
): JsonSchema {
  return {
    tags: [names[client.name]],
    summary,
    description: `A request of the ${names[client.name]} protocol, forwarded to a channel that offers the model.`,
    security: [{ apiKey: [] }],
    ...(path.includes('{model}') && { parameters: inPath }),
    requestBody: { required: true, content: { 'application/json': { schema: body } } },
    responses: { 200: { description: "The upstream's answer.", content: response }, default: failure },
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
  ]);
}
