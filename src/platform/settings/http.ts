/** Settings of the listener: limits on sizes, times and counts. */
import { z } from 'zod';
import { addressRange, ms, webOrigin } from './values.ts';

export const httpSettings = z
  .strictObject({
    body_bytes_max: z
      .int()
      .min(1024)
      .max(1_073_741_824)
      .default(67_108_864)
      .describe('Largest body of a model request, in bytes; beyond it the answer is 413.'),
    bodies_bytes_max: z
      .int()
      .min(1_048_576)
      .default(536_870_912)
      .describe(
        'Bytes of memory that all request bodies take at a time; beyond it the answer is 503. A body is let go when its answer begins.',
      ),
    sender_bodies_bytes_max: z
      .int()
      .min(1_048_576)
      .default(268_435_456)
      .describe(
        'The same for the bodies of one API key, and for those of one client network at the management API; beyond it the answer is 429.',
      ),
    body_bytes_per_s_min: z
      .int()
      .min(0)
      .max(1_048_576)
      .default(1024)
      .describe(
        'Bytes a second that a request body must arrive with on average, once it has had ten seconds; slower ones get 408. 0 = any pace.',
      ),
    headers_ms: ms(10_000, 'Time for the whole header block of a request to arrive.'),
    body_idle_ms: ms(30_000, 'Longest silence while a request body arrives.'),
    body_ms: ms(300_000, 'Time for a whole request body to arrive.'),
    keep_alive_ms: ms(65_000, 'How long an idle client connection is kept.'),
    connections_max: z
      .int()
      .min(1)
      .default(20_000)
      .describe('Client connections at a time; more are closed at once.'),
    slow_client_ms: ms(
      60_000,
      'How long a client may read nothing while bytes wait for it, before it is cut.',
    ),
    trusted_proxies: z
      .array(addressRange)
      .default([])
      .describe(
        'Addresses and CIDR ranges of reverse proxies whose X-Forwarded-For is believed. Of another peer it never names the client; it only tells failed logins apart (management.md).',
      ),
    cors_origins: z
      .array(webOrigin)
      .default([])
      .describe(
        'Origins whose pages may send model requests from a browser (model-requests.md). Empty = none. Management is never opened to them.',
      ),
  })
  .prefault({});
