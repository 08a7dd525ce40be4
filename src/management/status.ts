/** What anyone may know of the gateway. */
import { z } from 'zod';
import { success } from './answer.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';

export const statusEndpoint: Endpoint = openEndpoint({
  method: 'GET',
  path: '/api/status',
  access: 'public',
  summary: 'Get the name and version of the gateway',
  data: z.object({ name: z.string(), version: z.string() }),
  handle: ({ services }) => success({ name: 'Halley', version: services.version }),
});
