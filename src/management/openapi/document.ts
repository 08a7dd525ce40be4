/** Generates the OpenAPI 3.1 document from the endpoints. */

import { z } from 'zod';
import { auditRecordSchema } from '../audit/schemas.ts';
import { channelRecordSchema } from '../channels/schemas.ts';
import type { Endpoint } from '../endpoint.ts';
import { endpoints } from '../endpoints.ts';
import { logRecordSchema } from '../logs/schemas.ts';
import { usableModelSchema } from '../model-access/schemas.ts';
import { parameterOf } from '../query-parameters.ts';
import { signedReceiptSchema } from '../receipts/schemas.ts';
import { deletionEventSchema } from '../tokens/deletion-events.ts';
import { keyRecordSchema, managedKeySchema } from '../tokens/schemas.ts';
import { accountRecordSchema } from '../users/schemas.ts';
import { describeHealthPaths } from './health-paths.ts';
import { describeJobPaths } from './job-paths.ts';
import { describeModelPaths } from './model-paths.ts';

type Json = Record<string, unknown>;

const records = new Map<unknown, string>([
  [keyRecordSchema, 'Key'],
  [managedKeySchema, 'ManagedKey'],
  [accountRecordSchema, 'Account'],
  [channelRecordSchema, 'Channel'],
  [logRecordSchema, 'Record'],
  [usableModelSchema, 'UsableModel'],
  [auditRecordSchema, 'AuditEntry'],
  [signedReceiptSchema, 'Receipt'],
  [deletionEventSchema, 'DeletionEvent'],
]);

const failureSchema = z.object({
  success: z.literal(false),
  message: z.string().describe('The problem and what to do.'),
  code: z.string().describe('Stable, for programs.'),
  retry_after: z
    .int()
    .optional()
    .describe('Seconds to wait, where waiting helps. As the header Retry-After.'),
});

/**
 * @param version of the gateway
 * @param publicUrl its public address, where it is known
 */
export function buildOpenApi(version: string, publicUrl?: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Halley',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Management calls (`/api`) take a personal access token or a session; model requests take an API key. Every path works with and without a trailing slash. A valid call that cannot be done returns HTTP 200 and `success: false`. Invalid calls, forbidden calls and failures of the gateway have a status of their own.',
    },
    ...(publicUrl !== undefined && { servers: [{ url: publicUrl }] }),
    paths: {
      ...describeManagement(),
      ...describeModelPaths(),
      ...describeJobPaths(),
      ...describeHealthPaths(),
    },
    components: {
      schemas: {
        Failure: schemaOf(failureSchema),
        ...Object.fromEntries([...records].map(([schema, name]) => [name, schemaOf(schema as z.ZodType)])),
      },
      securitySchemes: {
        accessToken: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The personal access token, raw or after `Bearer `.',
        },
        session: { type: 'apiKey', in: 'cookie', name: 'halley_session' },
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key (`sk-…`).' },
      },
    },
  };
}

function describeManagement(): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints.filter(({ hidden }) => hidden !== true)) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: describe(endpoint),
    };
  }
  return paths;
}

function describe(endpoint: Endpoint): Json {
  const { method, summary, description, body, access, relays, status = 200 } = endpoint;
  const parameters = parametersOf(endpoint);
  return {
    tags: [endpoint.path.split('/')[2]],
    summary,
    ...(description !== undefined && { description }),
    security: securityOf(access),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: jsonOf(schemaOf(body, 'input')) } }),
    ...(relays && method === 'POST' && { requestBody: { required: true, content: jsonOf(anyObject) } }),
    responses: {
      [status]: {
        description:
          status === 200
            ? 'Done, or `success: false` when it cannot be done.'
            : 'Accepted, and processed after the response.',
        content: contentOf(endpoint),
      },
      default: {
        description: 'The request is invalid or not allowed, or the gateway failed.',
        content: jsonOf({ $ref: '#/components/schemas/Failure' }),
      },
    },
  };
}

function contentOf(endpoint: Endpoint): Json {
  const refusal = { $ref: '#/components/schemas/Failure' };
  const { contentType, relays, data } = endpoint;
  if (relays) return { 'text/event-stream': { schema: { type: 'string' } }, ...jsonOf(anyObject) };
  if (contentType === undefined) return jsonOf({ anyOf: [responseSchema(endpoint), refusal] });
  return { [contentType]: { schema: data ? referTo(data) : { type: 'string' } }, ...jsonOf(refusal) };
}

function securityOf(access: Endpoint['access']): Json[] {
  if (access === 'public') return [];
  return access === 'api-key' ? [{ apiKey: [] }] : [{ accessToken: [] }, { session: [] }];
}

function parametersOf({ path, query = {}, segment }: Endpoint): Json[] {
  const id = {
    name: 'id',
    in: 'path',
    required: true,
    ...(segment !== undefined && { description: segment }),
    schema:
      segment === undefined
        ? { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }
        : { type: 'string' },
  };
  const inQuery = Object.entries(query).map(([name, described]) => {
    const { description, schema, required = false } = parameterOf(described);
    // Clients send every filter that they have, empty where it is not used.
    const isRestricted = ['enum', 'format', 'pattern'].some((rule) => rule in schema);
    const mayBeEmpty = !required && (isRestricted || schema.type !== 'string');
    return {
      name,
      in: 'query',
      description,
      ...(required && { required }),
      ...(mayBeEmpty && { allowEmptyValue: true }),
      schema,
    };
  });
  return path.includes('{id}') ? [id, ...inQuery] : inQuery;
}

const warningsSchema = {
  type: 'array',
  items: { type: 'string' },
  description: 'Warnings about unusual input, for people. Absent without warnings.',
};

function responseSchema({ data, bare, warns }: Endpoint): Json {
  if (data && bare) return schemaOf(data);
  const always = data && !(data instanceof z.ZodOptional);
  return {
    type: 'object',
    required: ['success', 'message', ...(always ? ['data'] : [])],
    properties: {
      success: { const: true },
      message: { const: '' },
      ...(warns && { warnings: warningsSchema }),
      ...(data && { data: referTo(data instanceof z.ZodOptional ? (data.unwrap() as z.ZodType) : data) }),
    },
  };
}

/** Of a protocol, which has documents of its own. */
const anyObject = { type: 'object', additionalProperties: true };

function jsonOf(schema: Json): Json {
  return { 'application/json': { schema } };
}

function referTo(schema: z.ZodType): Json {
  const name = records.get(schema);
  return name === undefined ? schemaOf(schema) : { $ref: `#/components/schemas/${name}` };
}

/** JSON Schema 2020-12, which OpenAPI 3.1 takes as it is; records inside become references. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    override({ zodSchema, jsonSchema }) {
      // Zod writes out that a whole number is one that a double can hold; of a response that helps no reader.
      if (io === 'output' && jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (io === 'output' && jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      const inner: unknown = zodSchema;
      const name = records.get(inner);
      if (name === undefined || inner === schema) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      jsonSchema.$ref = `#/components/schemas/${name}`;
    },
  });
  return rest;
}
