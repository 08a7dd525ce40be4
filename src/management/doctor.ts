/** `/api/doctor`: diagnostic data of a running gateway for `halley doctor`. */
import { z } from 'zod';
import { accountEndpoint, type Endpoint } from './endpoint.ts';
import { success } from './response.ts';

export const doctorEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/doctor',
  access: 'admin',
  summary: 'Get what the node that responds has observed about proxies and plain HTTP',
  description: 'Counts since the start of the node.',
  data: z.object({
    requests: z.int().describe('Requests of any kind.'),
    undeclared_forwarded: z
      .int()
      .describe(
        'Those with `X-Forwarded-For` from a peer that `http.trusted_proxies` does not list: from an undeclared proxy, or with a forged header.',
      ),
    undeclared_peer: z.string().describe('The address of the last such peer; empty = none.'),
    plain_credentials: z
      .int()
      .describe(
        'Requests with a key, a token or a password over plain HTTP from another machine, unless from a declared proxy that says `X-Forwarded-Proto: https`.',
      ),
    plain_peer: z.string().describe('The address of the last such peer; empty = none.'),
    tls_not_after: z
      .int()
      .describe("When the listener's certificate expires, in seconds since 1970 UTC; 0 = it has none."),
  }),
  handle({ services }) {
    const { forwarding, plainCredentials, certificateNotAfter } = services.listener();
    const { requests, undeclared, undeclaredPeer } = forwarding;
    return success({
      requests,
      undeclared_forwarded: undeclared,
      undeclared_peer: undeclaredPeer ?? '',
      plain_credentials: plainCredentials.requests,
      plain_peer: plainCredentials.peer ?? '',
      tls_not_after: certificateNotAfter ?? 0,
    });
  },
});
