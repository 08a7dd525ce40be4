/** `/api/openapi.json`. */
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import type { Services } from '../services.ts';
import { buildOpenApi } from './document.ts';

/** Made for the first who asks: to make it takes as long as many requests, and anyone may ask. */
const made = new WeakMap<Services['settings'], ReturnType<typeof buildOpenApi>>();

export const openApiEndpoint: Endpoint = openEndpoint({
  method: 'GET',
  path: '/api/openapi.json',
  access: 'public',
  hidden: true,
  summary: 'Get the OpenAPI document',
  handle({ services }) {
    const { version, settings } = services;
    const body = made.get(settings) ?? buildOpenApi(version, settings.public_url);
    made.set(settings, body);
    return { status: 200, body };
  },
});
