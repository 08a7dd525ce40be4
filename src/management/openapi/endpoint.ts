/** `/api/openapi.json`. */
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { buildOpenApi } from './document.ts';

/** Made for the first who asks: to make it takes as long as many requests, and anyone may ask. */
let made: ReturnType<typeof buildOpenApi> | undefined;

export const openApiEndpoint: Endpoint = openEndpoint({
  method: 'GET',
  path: '/api/openapi.json',
  access: 'public',
  hidden: true,
  summary: 'Get the OpenAPI document',
  handle({ services }) {
    made ??= buildOpenApi(services.version, services.settings.public_url);
    return { status: 200, body: made };
  },
});
