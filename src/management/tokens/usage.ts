/** `/api/usage/token`: shows and revokes the key that the request carries. */
import { z } from 'zod';
import type { KeyRow } from '../../domain/key.ts';
import { parseModelList } from '../../domain/model-list.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { deletedAtHeaders } from './missing-key.ts';
import { readableKeyIn } from './readable-key.ts';
import { revokeByValue } from './revoke-by-value.ts';

const tokenUsageSchema = z.object({
  code: z.literal(true),
  message: z.string(),
  data: z.object({
    object: z.literal('token_usage'),
    name: z.string(),
    total_granted: z.int().describe('Sum of available and used units.'),
    total_used: z.int(),
    total_available: z.int(),
    unlimited_quota: z.boolean(),
    model_limits: z.record(z.string(), z.boolean()),
    model_limits_enabled: z.boolean(),
    expires_at: z.int().describe('Seconds since 1970; 0 = never.'),
  }),
});

function usageOf(key: KeyRow): z.infer<typeof tokenUsageSchema> {
  const models = [...parseModelList(key.modelLimits).models];
  return {
    code: true,
    message: 'ok',
    data: {
      object: 'token_usage',
      name: key.name,
      total_granted: key.remainQuota + key.usedQuota,
      total_used: key.usedQuota,
      total_available: key.remainQuota,
      unlimited_quota: key.unlimitedQuota,
      model_limits: Object.fromEntries(models.map((model) => [model, true])),
      model_limits_enabled: key.modelLimitsEnabled,
      expires_at: key.expiresAt === -1 ? 0 : key.expiresAt,
    },
  };
}

export const usageEndpoints: readonly Endpoint[] = [
  openEndpoint({
    method: 'GET',
    path: '/api/usage/token',
    access: 'api-key',
    summary: 'Get the usage of the calling API key',
    description: 'The API key goes in Authorization. Expired and exhausted keys are accepted too.',
    data: tokenUsageSchema,
    bare: true,
    async handle({ services, request }) {
      const { key } = await readableKeyIn(services, request);
      return { status: 200, body: usageOf(key) };
    },
  }),
  openEndpoint({
    method: 'POST',
    path: '/api/usage/token/revoke',
    access: 'api-key',
    summary: 'Delete the calling API key',
    description:
      'The API key goes in Authorization. Anyone who has the value of a key can delete it, from any address, even when it is disabled, expired or exhausted. As `DELETE /api/token/{id}`: once this has answered `success: true` the key is dead. Sent again it answers the same, with the time of the deletion in the header `X-Halley-Already-Deleted`.',
    async handle({ services, request }) {
      const tombstone = await revokeByValue(services, request);
      return success(undefined, tombstone && deletedAtHeaders(tombstone));
    },
  }),
];
