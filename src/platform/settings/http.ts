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
      .describe('Largest body of a model request, in bytes. A larger one gets 413.'),
    bodies_bytes_max: z
      .int()
      .min(1_048_576)
      .default(536_870_912)
      .describe(
        'Memory for all request bodies at a time, in bytes. When it is full, requests get 503. The gateway releases a body when its response begins.',
      ),
    upload_bytes_max: z
      .int()
      .min(1024)
      .max(8_589_934_592)
      .default(268_435_456)
      .describe('Largest multipart form of a model request, in bytes. A larger one gets 413.'),
    uploads_bytes_max: z
      .int()
      .min(1_048_576)
      .default(4_294_967_296)
      .describe(
        'Disk space for the files of all multipart forms at a time, in bytes. When it is full, requests get 503.',
      ),
    uploads_directory: z
      .string()
      .default('')
      .describe(
        "Directory of those files. They lose their names as soon as they are open, so the directory looks empty. Empty = the system's directory for temporary files.",
      ),
    sender_bodies_bytes_max: z
      .int()
      .min(1_048_576)
      .default(268_435_456)
      .describe(
        'The same for the bodies of one API key, and for those of one client network at the management API. When it is full, requests get 429.',
      ),
    body_bytes_per_s_min: z
      .int()
      .min(0)
      .max(1_048_576)
      .default(1024)
      .describe(
        'Lowest average rate of a request body in bytes a second, checked after ten seconds. Slower requests get 408. 0 = no minimum.',
      ),
    headers_ms: ms(10_000, 'Time limit for the whole header block of a request.'),
    body_idle_ms: ms(30_000, 'Longest pause while a request body arrives.'),
    body_ms: ms(300_000, 'Time limit for a whole request body.'),
    keep_alive_ms: ms(65_000, 'Time after which an idle client connection is closed.'),
    connections_max: z
      .int()
      .min(1)
      .default(20_000)
      .describe('Client connections at a time. Further connections are closed at once.'),
    slow_client_ms: ms(
      60_000,
      'Time without progress after which a client that does not read its response is disconnected.',
    ),
    heartbeat_ms: ms(
      15_000,
      'Time after which a translated stream that has shown its client nothing gets a heartbeat (translation.md#streams).',
    ),
    trusted_proxies: z
      .array(addressRange)
      .default([])
      .describe(
        'Addresses and CIDR ranges of reverse proxies whose X-Forwarded-For is trusted. The header of other peers never determines the client address; it only distinguishes failed logins (accounts.md).',
      ),
    cors_origins: z
      .array(webOrigin)
      .default([])
      .describe(
        'Origins whose pages may send model requests from a browser (model-requests.md). Empty = none. They never get access to the management API.',
      ),
  })
  .prefault({});
