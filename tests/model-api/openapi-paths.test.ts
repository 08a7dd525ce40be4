/** The OpenAPI document against the tables that match requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthPaths } from '../../src/http/health-paths.ts';
import { endpoints } from '../../src/management/endpoints.ts';
import { buildOpenApi } from '../../src/management/openapi/document.ts';
import { jobRoutes } from '../../src/operations/jobs/routes.ts';
import { modelListPaths } from '../../src/operations/model-lists.ts';
import { clientSecretsPath, realtimePath } from '../../src/operations/realtime.ts';
import { operations, pathsOf } from '../../src/operations/registry.ts';
import { storedCalls } from '../../src/operations/stored/routes.ts';

/** Paths that are served but not documented. */
const hidden = new Set([
  'get /api/log/self/search',
  'get /dashboard/billing/subscription',
  'get /dashboard/billing/usage',
]);

test('the document contains exactly the paths that the gateway serves', () => {
  const served = [
    ...endpoints.map(({ method, path }) => `${method.toLowerCase()} ${path}`),
    ...Object.values(operations)
      .flatMap(pathsOf)
      .map((path) => `post ${path}`),
    ...modelListPaths.flatMap((path) => [`get ${path}`, `get ${path}/{model}`]),
    ...jobRoutes.map(({ method, path }) => `${method.toLowerCase()} ${path}`),
    ...storedCalls.map(({ method, path }) => `${method.toLowerCase()} ${path}`),
    'get /v1/jobs/{id}/results/{number}',
    `get ${realtimePath}`,
    `post ${clientSecretsPath}`,
    ...healthPaths.map((path) => `get ${path}`),
  ].filter((call) => !hidden.has(call));
  const { paths } = buildOpenApi('1') as { paths: Record<string, object> };
  const listed = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  assert.deepEqual(listed.sort(), served.sort());
  for (const call of ['post /v1/images/generations', 'post /v1beta/models/{model}:batchEmbedContents'])
    assert.ok(listed.includes(call), call);
});
