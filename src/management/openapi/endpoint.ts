/** `/api/openapi.json`. */
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { buildOpenApi } from './document.ts';

export const openApiEndpoint: Endpoint = openEndpoint({
  method: 'GET',
  path: '/api/openapi.json',
  access: 'public',
  hidden: true,
  summary: 'Get the OpenAPI document',
  handle: ({ services }) => ({ status: 200, body: buildOpenApi(services.version) }),
});
