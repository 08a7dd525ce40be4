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
  description: `For those who find values in public. Those that are keys here are deleted (or disabled, by \`keys.leak_reports\`). The answer comes before that and is the same whatever the values are; the holder of one value who must be certain sends it to \`/api/usage/token/revoke\`. Each network may send ${limits.leak_reports_max} reports an hour; then the answer is 429 with Retry-After.`,
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
