/** `/api/model_access` and `/api/token/{id}/models`: which models an account and its keys may use. */
import { groupsOfAccount } from '../../domain/groups.ts';
import { limits } from '../../platform/limits.ts';
import type { PageQuery } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { missingKey } from '../tokens/missing-key.ts';
import { listParameters, pageOfModels } from './list.ts';
import { accountModelsSchema, keyModelsSchema } from './schemas.ts';
import { mayUse, policyNow, usableModels } from './usable-models.ts';

/** Keys that one call looks at: their lists of models may be long. */
const keysMax = limits.page_size_max;
const newest: PageQuery = { offset: 0, limit: keysMax };

const ofAccount = accountEndpoint({
  method: 'GET',
  path: '/api/model_access',
  access: 'account',
  summary: 'List the models you can use, with their prices',
  description: `Models of every group that you can put keys in. \`keys\` looks at your newest ${keysMax} keys; \`GET /api/token/list\` with \`model\` finds them among all.`,
  query: listParameters,
  data: accountModelsSchema,
  async handle({ services, account, request }) {
    const groups = groupsOfAccount(account.group, services.settings.groups.selectable);
    const found = pageOfModels(usableModels(services, groups), request.query);
    const keys = await services.reads.listKeys(account.id, newest);
    const policies = keys.items.flatMap((key) => policyNow(services, key, account) ?? []);
    const { page, total, items, providers } = found;
    return success({
      page: page.page,
      page_size: page.limit,
      total,
      items: items.map((model) => {
        const names = model.groups.map(({ name }) => name);
        return { ...model, keys: policies.filter((policy) => mayUse(policy, model.id, names)).length };
      }),
      providers,
      keys_looked_at: keys.items.length,
      keys_total: keys.total,
    });
  },
});

const ofKey = accountEndpoint({
  method: 'GET',
  path: '/api/token/{id}/models',
  access: 'account',
  summary: 'List the models that an API key may use, with their prices',
  description:
    'The models that `GET /v1/models` lists for the key. None while the key is disabled, expired or exhausted. Allowed addresses are not considered.',
  query: listParameters,
  data: keyModelsSchema,
  async handle({ services, account, request, id }) {
    const key = await services.store.getKey(account.id, id);
    if (!key) throw await missingKey(services, account.id, id);
    const policy = policyNow(services, key, account);
    const models = policy ? usableModels(services, policy.groups, policy.models) : [];
    const { page, total, items, providers } = pageOfModels(models, request.query);
    return success({ page: page.page, page_size: page.limit, total, items, providers });
  },
});

export const modelAccessEndpoints: readonly Endpoint[] = [ofAccount, ofKey];
