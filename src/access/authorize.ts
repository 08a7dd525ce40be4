/** Authorizes a request against the policy of its key: the checks, in a fixed order. Pure. */
import { HalleyError } from '../platform/errors.ts';
import type { KeyPolicy } from './key-policy.ts';

/** The input of authorization. The model is unknown before the body has been read. */
export interface RequestContext {
  readonly clientAddress: string;
  readonly model: string | undefined;
  /** Fallback models that the upstream may use, from the field `models` of some upstreams. */
  readonly otherModels?: readonly string[];
  /** The groups whose channels may serve it; undefined before it has been sent to one. */
  readonly groups?: readonly string[];
}

/**
 * Runs every check that needs no counting: key, expiry, address, account, group, model.
 * @param record undefined when the key does not exist
 * @returns the error of the first check that fails; undefined when the request is admitted
 */
export function authorize(
  record: KeyPolicy | undefined,
  context: RequestContext,
  nowMs: number,
): HalleyError | undefined {
  if (!record) return new HalleyError('invalid_api_key', { log: 'unknown key' });
  if (record.state !== 'enabled') return new HalleyError('invalid_api_key', { log: 'disabled key' });
  if (record.expiresAtMs <= nowMs) return new HalleyError('invalid_api_key', { log: 'expired key' });
  if (record.ips && !record.ips.matches(context.clientAddress)) return new HalleyError('ip_not_allowed');
  if (record.accountState !== 'enabled') return new HalleyError('account_disabled');
  if (record.groups.length === 0 || context.groups?.some((group) => !record.groups.includes(group))) {
    return new HalleyError('group_not_allowed');
  }
  if (context.model === undefined) return undefined;
  const { models } = record;
  if (models && ![context.model, ...(context.otherModels ?? [])].every((model) => models.has(model))) {
    return new HalleyError('model_not_allowed', { param: 'model' });
  }
  return undefined;
}
