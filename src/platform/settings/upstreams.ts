/** Settings of the connections to upstreams. */
import { z } from 'zod';
import { ms, proxy } from './values.ts';

export const upstreamsSettings = z
  .strictObject({
    allow_private: z
      .boolean()
      .default(false)
      .describe('Whether channels may dial private, loopback and link-local addresses, and plain http.'),
    connect_ms: ms(10_000, 'Time to connect to an upstream.'),
    first_byte_ms: ms(120_000, "Time until the upstream's answer begins."),
    idle_chunk_ms: ms(120_000, "Longest silence inside an upstream's answer."),
    attempts_max: z.int().min(1).max(10).default(3).describe('Attempts for one request, the first included.'),
    retry_stale: z
      .boolean()
      .default(true)
      .describe(
        'Whether a request is sent once more, on a new connection, when the upstream closed the idle connection that it was sent on and no byte of an answer came. In rare cases the upstream works, and charges you, twice (model-requests.md).',
      ),
    open_after_failures: z
      .int()
      .min(1)
      .default(3)
      .describe(
        'Consecutive failures that open a circuit: of a channel, of a model there, or of one API key with that model.',
      )
      .meta({ formerNames: ['upstreams.rest_after_failures'] }),
    cooldown_ms: ms(15_000, 'How long an open circuit waits before one request probes the upstream.').meta({
      formerNames: ['upstreams.rest_ms'],
    }),
    connections_max: z.int().min(1).default(1024).describe('Connections to one upstream at a time.'),
    https_proxy: proxy(
      'The proxy for upstreams by https, where their channel names none; `direct` = none. Without it the variable `https_proxy` or `HTTPS_PROXY` counts (management.md#proxies).',
    ),
    http_proxy: proxy(
      'The same for upstreams by plain http, and the variables `http_proxy` and `HTTP_PROXY`.',
    ),
    no_proxy: z
      .array(z.string().regex(/^\S+$/, 'must hold hosts without spaces'))
      .default([])
      .describe(
        'Upstreams that these proxies are not for: hosts with all that is below them, `*.example.com`, `host:port`, addresses, CIDR ranges, `*`. Without it the variable `no_proxy` or `NO_PROXY` counts.',
      )
      .meta({ format: 'host' }),
  })
  .prefault({});
