/** Finds the models that an account or one of its keys may use, and the keys that may use a model. */
import { authorize } from '../../access/authorize.ts';
import { compilePolicy, type KeyPolicy } from '../../access/key-policy.ts';
import { type KeyRow, keyStatus, statusOf } from '../../domain/key.ts';
import { plainMultiplier } from '../../domain/rates.ts';
import type { OfferedModel } from '../../upstreams/upstreams.ts';
import { catalogueModel } from '../catalogue/catalogue.ts';
import { nowSeconds, type Services } from '../services.ts';
import type { UsableModel } from './schemas.ts';

type Sources = Pick<Services, 'channels' | 'prices' | 'settings'>;

/**
 * @param groups whose channels may serve the models, in order of preference
 * @param models those that are allowed; undefined = all
 * @returns what `GET /v1/models` lists, with its properties, by id
 */
export function usableModels(
  { channels, prices, settings }: Sources,
  groups: readonly string[],
  models?: ReadonlySet<string>,
): UsableModel[] {
  const offering = groups.map((name) => ({
    name,
    ratio: prices.multiplierOf(name) / plainMultiplier,
    ids: new Set(channels.models([name]).map(({ id }) => id)),
  }));
  const isUsable = ({ id }: OfferedModel) =>
    (models?.has(id) ?? true) && (settings.ledger.unpriced === 'free' || prices.find(id) !== undefined);
  return channels
    .models(groups)
    .filter(isUsable)
    .map((model) => ({
      ...catalogueModel(model, prices.find(model.id)?.rates),
      groups: offering.flatMap(({ name, ratio, ids }) => (ids.has(model.id) ? [{ name, ratio }] : [])),
    }));
}

type AccountOfKey = Parameters<typeof compilePolicy>[0]['account'];

/**
 * What a key may do from an address that it allows; undefined when it may do nothing now. Addresses are left out,
 * because a list of keys may hold very many.
 */
export function policyNow(services: Services, key: KeyRow, account: AccountOfKey): KeyPolicy | undefined {
  if (statusOf(key, nowSeconds(services)) !== keyStatus.enabled) return undefined;
  const policy = compilePolicy(
    { key: { ...key, allowIps: null }, account },
    services.settings.groups.selectable,
  );
  const context = { clientAddress: '', model: undefined };
  return authorize(policy, context, services.clock.now()) ? undefined : policy;
}

/** Whether the key may use a model that these groups offer. */
export function mayUse(policy: KeyPolicy, model: string, groups: readonly string[]): boolean {
  return (policy.models?.has(model) ?? true) && policy.groups.some((group) => groups.includes(group));
}
