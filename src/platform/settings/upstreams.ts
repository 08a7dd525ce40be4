/** Settings of the connections to upstreams. */
import { z } from 'zod';
import { ms, proxy } from './values.ts';

export const upstreamsSettings = z
  .strictObject({
    allow_private: z
      .boolean()
      .default(false)
      .describe('Whether channels may dial private, loopback and link-local addresses, and plain http.'),
    connect_ms: ms(10_000, 'Time limit for connecting to an upstream.'),
    first_byte_ms: ms(120_000, "Time limit for the first byte of the upstream's response."),
    idle_chunk_ms: ms(120_000, "Longest pause within an upstream's response."),
    attempts_max: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('Attempts for one request, including the first.'),
    retry_stale: z
      .boolean()
      .default(true)
      .describe(
        'Whether the gateway sends a request again on a new connection when the upstream closed the idle connection before the first byte of a response. In rare cases the upstream executes the request, and charges you, twice (routing.md).',
      ),
    finish_alone_ms: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(0)
      .describe(
        'How long an upstream may go on after its client has left, so that the gateway learns the true usage, in milliseconds; 0 = the gateway aborts the upstream request at once (charging.md).',
      ),
    finish_alone_bytes: z
      .int()
      .min(1024)
      .max(1_073_741_824)
      .default(1_048_576)
      .describe('How many bytes of such a response the gateway reads at most before it aborts it.'),
    translation_policy: z
      .enum(['strict', 'lenient'])
      .default('strict')
      .describe(
        'What happens to a field that the protocol of the upstream cannot express and that changes the meaning of a request: `strict` refuses the request and names the field, `lenient` leaves the field out and names it in `x-halley-dropped`. The header `x-halley-translation` chooses it for one request (translation.md).',
      ),
    channel_affinity: z
      .boolean()
      .default(true)
      .describe(
        "Whether the requests of a conversation go to the same channel and upstream key among those of one priority, so that they find the upstream's prompt cache (routing.md#channel-affinity). `false` = at random, by weight, for each request.",
      ),
    open_after_failures: z
      .int()
      .min(1)
      .default(3)
      .describe(
        'Consecutive failures that open a circuit: of a channel, of one of its models, or of one API key with that model.',
      )
      .meta({ formerNames: ['upstreams.rest_after_failures'] }),
    cooldown_ms: ms(15_000, 'How long an open circuit waits before one request probes the upstream.').meta({
      formerNames: ['upstreams.rest_ms'],
    }),
    connections_max: z.int().min(1).default(1024).describe('Connections to one upstream at a time.'),
    https_proxy: proxy(
      'The proxy for https upstreams whose channel has none; `direct` = no proxy. Default: the variable `https_proxy` or `HTTPS_PROXY` (channels.md#proxies).',
    ),
    http_proxy: proxy('The same for plain http upstreams, with the variables `http_proxy` and `HTTP_PROXY`.'),
    no_proxy: z
      .array(z.string().regex(/^\S+$/, 'must hold hosts without spaces'))
      .default([])
      .describe(
        'Upstreams that are reached without these proxies: hosts including their subdomains, `*.example.com`, `host:port`, addresses, CIDR ranges, `*`. Default: the variable `no_proxy` or `NO_PROXY`.',
      )
      .meta({ format: 'host' }),
  })
  .prefault({});
