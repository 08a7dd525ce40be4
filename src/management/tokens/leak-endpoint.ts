/** `/api/credentials/revoke`: accepts reports of leaked keys from anyone. */
import { z } from 'zod';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { type Endpoint, guardedEndpoint } from '../endpoint.ts';
import { anonymousOrigin } from '../origin.ts';
import { success } from '../response.ts';

const reportSchema = z.strictObject({
  credentials: z
    .array(z.string())
    .min(1)
    .max(limits.leak_report_values_max)
    .describe('Values that were found, with `sk-`.'),
});

export const leakEndpoint: Endpoint = guardedEndpoint({
  method: 'POST',
  path: '/api/credentials/revoke',
  access: 'public',
  status: 202,
  summary: 'Report leaked API keys',
  description: `For anyone who finds key values in public. The gateway deletes the keys with these values (or disables them, depending on \`keys.leak_reports\`). It responds before it does so, and the response is the same whatever the values are. To be certain that one key is dead, send its value to \`/api/usage/token/revoke\`. Each network may send ${limits.leak_reports_max} reports an hour; further reports get 429 with Retry-After.`,
  body: reportSchema,
  guard({ leaks, reportLimiter }, request) {
    if (leaks.isOff) throw new HalleyError('path_not_found');
    reportLimiter.take(request);
  },
  handle({ services, request, body }) {
    services.leaks.take(body.credentials, anonymousOrigin(request));
    return { ...success(), status: 202 };
  },
});
