/** `/api/usage/token`: what a key says of itself, asked with the key. */
import { z } from 'zod';
import { parseAuthorization } from '../../accounts/access-tokens.ts';
import { digestOf } from '../../keys/digest.ts';
import { parseKeyValue } from '../../keys/format.ts';
import type { KeyRow } from '../../keys/key.ts';
import { parseModelList } from '../../keys/model-list.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { StoreBase } from '../../store/store.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';

const tokenUsageSchema = z.object({
  code: z.literal(true),
  message: z.string(),
  data: z.object({
    object: z.literal('token_usage'),
    name: z.string(),
    total_granted: z.int().describe('Units: available and used together.'),
    total_used: z.int(),
    total_available: z.int(),
    unlimited_quota: z.boolean(),
    model_limits: z.record(z.string(), z.boolean()),
    model_limits_enabled: z.boolean(),
    expires_at: z.int().describe('Seconds since 1970; 0 = never.'),
  }),
});

/**
 * Finds the key for reading: an expired or exhausted one may still be asked about.
 * @throws HalleyError('invalid_api_key') when it is missing, unknown, deleted or disabled; `account_disabled`
 */
async function readableKey(store: StoreBase, authorization: string | undefined): Promise<KeyRow> {
  const body = parseKeyValue(parseAuthorization(authorization) ?? '');
  const found = body === undefined ? undefined : await store.findKeyByDigest(digestOf(body));
  if (found?.key.state !== 'enabled') throw new HalleyError('invalid_api_key');
  if (found.account.state !== 'enabled') throw new HalleyError('account_disabled');
  return found.key;
}

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
    summary: 'Get the usage of the API key that asks',
    description: 'The API key goes in Authorization. Expired and exhausted keys may ask too.',
    data: tokenUsageSchema,
    bare: true,
    async handle({ services, request }) {
      const key = await readableKey(services.store, request.headers.authorization);
      return { status: 200, body: usageOf(key) };
    },
  }),
];
