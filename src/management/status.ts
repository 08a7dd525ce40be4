/** Public status of the gateway. */
import { z } from 'zod';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { success } from './response.ts';

export const statusEndpoint: Endpoint = openEndpoint({
  method: 'GET',
  path: '/api/status',
  access: 'public',
  summary: 'Get the name and version of the gateway',
  data: z.object({
    name: z.string(),
    version: z.string(),
    docs_link: z.string().describe('Where the gateway serves its documentation; empty = it does not.'),
  }),
  handle: ({ services: { version, settings } }) =>
    success({ name: 'Halley', version, docs_link: settings.docs.enabled ? '/docs/' : '' }),
});
