/** `/api/doctor`: what `halley doctor` asks of a running gateway. */
import { z } from 'zod';
import { success } from './answer.ts';
import { accountEndpoint, type Endpoint } from './endpoint.ts';

export const doctorEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/doctor',
  access: 'admin',
  summary: 'Get what the node that answers has seen of proxies',
  description: 'Counted in memory, since the node started.',
  data: z.object({
    requests: z.int().describe('Requests of any kind.'),
    undeclared_forwarded: z
      .int()
      .describe(
        'Those with `X-Forwarded-For` from a peer that `http.trusted_proxies` does not hold: from a proxy that is not declared, or with a header that a client made up.',
      ),
    undeclared_peer: z.string().describe('The address of the last such peer; empty = there was none.'),
  }),
  handle({ services }) {
    const { requests, undeclared, undeclaredPeer } = services.forwarding();
    return success({
      requests,
      undeclared_forwarded: undeclared,
      undeclared_peer: undeclaredPeer ?? '',
    });
  },
});
