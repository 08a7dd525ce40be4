/** Settings of jobs: who may use them, how results reach clients, and how long they are kept. */
import { z } from 'zod';

export const jobsSettings = z
  .strictObject({
    share: z
      .enum(['key', 'account'])
      .default('key')
      .describe(
        'Who may fetch a job besides administrators: `key` = only the API key that submitted it; `account` = every key of its account. To others it does not exist.',
      ),
    results: z
      .enum(['link', 'proxy'])
      .default('link')
      .describe(
        "How results reach clients: `link` = the upstream's own URL, which expires; `proxy` = a URL of this gateway, which needs the API key. `GET /v1/videos/{id}/content` always passes the bytes through.",
      ),
    keep_days: z
      .int()
      .min(1)
      .max(3650)
      .default(30)
      .describe('Days after its end for which a job can be fetched and is listed. Its record stays.'),
  })
  .prefault({});
