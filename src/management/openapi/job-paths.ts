/** Describes the paths of jobs in the OpenAPI document, from the same list that routes them. */
import { type JobRoute, jobRoutes } from '../../operations/jobs/routes.ts';
import type { JsonSchema } from '../../operations/operation.ts';

const json = { 'application/json': { schema: { type: 'object' } } };
const failure = { description: "An error in the vendor's own shape.", content: json };

const listParameters = [
  {
    name: 'limit',
    in: 'query',
    description: 'Jobs per page: 20 by default, at most 100.',
    schema: { type: 'integer' },
  },
  {
    name: 'after',
    in: 'query',
    description: 'The id of the last job of the page before.',
    schema: { type: 'string' },
  },
  { name: 'order', in: 'query', description: 'By time.', schema: { type: 'string', enum: ['asc', 'desc'] } },
];

const range = {
  name: 'Range',
  in: 'header',
  description: 'Only these bytes, as the upstream allows.',
  schema: { type: 'string' },
};

function parametersOf(route: JobRoute): readonly JsonSchema[] {
  const named = [...route.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
  const kind = 'call' in route ? route.call.kind : undefined;
  return [...named, ...(kind === 'list' ? listParameters : []), ...(kind === 'content' ? [range] : [])];
}

function contentOf(route: JobRoute, schema: JsonSchema): JsonSchema {
  const takesForms = 'action' in route && route.action.takesForms === true;
  return { 'application/json': { schema }, ...(takesForms && { 'multipart/form-data': { schema } }) };
}

function describe(route: JobRoute): JsonSchema {
  const { vendor, summary } = route;
  const parameters = parametersOf(route);
  const isContent = 'call' in route && route.call.kind === 'content';
  const body = 'action' in route ? route.action.schema : { type: 'object' };
  const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
  return {
    tags: ['Jobs'],
    summary,
    description: `${vendor.title}. A job runs on without its request (/docs/reference/jobs); its id is the gateway's own.`,
    security: [{ apiKey: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(route.method === 'POST' && {
      requestBody: { required: true, content: contentOf(route, body) },
    }),
    responses: {
      200: { description: "In the vendor's own shape.", content: isContent ? bytes : json },
      default: failure,
    },
  };
}

const result: JsonSchema = {
  tags: ['Jobs'],
  summary: 'The bytes of a result',
  description:
    'A result of a job of any vendor, by its number from 0. With `jobs.results = proxy`, responses link here.',
  security: [{ apiKey: [] }],
  parameters: [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'number', in: 'path', required: true, schema: { type: 'integer', minimum: 0 } },
    range,
  ],
  responses: {
    200: {
      description: 'The bytes.',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
    default: failure,
  },
};

/** @returns path items of an OpenAPI document */
export function describeJobPaths(): Record<string, JsonSchema> {
  const paths: Record<string, JsonSchema> = {};
  for (const route of jobRoutes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describe(route) };
  }
  return { ...paths, '/v1/jobs/{id}/results/{number}': { get: result } };
}
