/** Converts request fields to stored key fields. Pure. */
import { changedBudget } from '../../domain/budget.ts';
import { autoGroup, mayUseGroup } from '../../domain/groups.ts';
import { parseIpList } from '../../domain/ip-list.ts';
import { type KeyChange, type KeyFields, type KeyRow, keyStatus, statusOf } from '../../domain/key.ts';
import { parseModelList } from '../../domain/model-list.ts';
import { checkKeyName } from '../../domain/name.ts';
import { HalleyError } from '../../platform/errors.ts';
import { budgetChange } from '../budget-fields.ts';
import { isSentBack } from '../sent-back.ts';
import { fieldError } from '../validate.ts';
import type { KeyInput } from './schemas.ts';

export interface FieldsContext {
  /** The account's group. */
  readonly ownGroup: string;
  readonly selectableGroups: readonly string[];
  /** Time zone of budgets that name none. */
  readonly timeZone: string;
  readonly nowSeconds: number;
}

/** Defaults of a new key. The compatible API also defaults to a quota of 0, with which a key can do nothing. */
export const freshKey: KeyFields = {
  name: '',
  state: 'enabled',
  expiresAt: -1,
  remainQuota: 0,
  unlimitedQuota: false,
  modelLimitsEnabled: false,
  modelLimits: '',
  allowIps: null,
  group: '',
  crossGroupRetry: false,
  budget: null,
  requestsPerMinute: 0,
  tokensPerMinute: 0,
  concurrentRequests: 0,
  contentDays: 0,
};

/** @throws HalleyError('invalid_value') naming the field; `refused` for a group the account may not use, or an expiry in the past */
export function newKeyFields(input: KeyInput, context: FieldsContext): KeyFields {
  const { budget, ...fields } = changedFields(input, freshKey, context);
  const { expired_time: expiresAt = -1 } = input;
  if (expiresAt !== -1 && expiresAt <= context.nowSeconds) {
    const message = 'The time in expired_time is in the past. Send a later one, or -1 (never).';
    throw new HalleyError('refused', { message, param: 'expired_time' });
  }
  return { ...freshKey, ...fields, budget: changedBudget(null, budget), ...stateFor(input.status) };
}

/**
 * The fields that an update changes. Fields that were not sent keep their value: a key must not lose its limits
 * because a client omitted one.
 * @throws HalleyError('invalid_value') naming the field; `refused` when the key cannot be enabled, or the account
 * may not use the group
 */
export function updatedKeyFields(input: KeyInput, current: KeyRow, context: FieldsContext): KeyChange {
  const fields = {
    ...changedFields(input, current, context),
    ...statusChange(input.status, current, context),
  };
  if (input.status === keyStatus.enabled)
    requireEnabled({ ...current, ...fields, budget: current.budget }, current, context);
  return fields;
}

/** The change made by `?status_only=1`: only the state; other fields are ignored. */
export function statusOnlyFields(input: KeyInput, current: KeyRow, context: FieldsContext): KeyChange {
  if (input.status === undefined) throw fieldError('status', 'is missing');
  return updatedKeyFields({ status: input.status }, current, context);
}

/** An existing key, or the defaults of a new one. */
type Current = Omit<KeyFields, 'state'> & { readonly usedQuota?: number };

function changedFields(input: KeyInput, current: Current, context: FieldsContext): KeyChange {
  const { name, expired_time, unlimited_quota, model_limits_enabled, model_limits, allow_ips } = input;
  if (name !== undefined) checkKeyName(name);
  return {
    ...groupChange(input, current, context),
    ...quotaChange(input, current),
    ...budgetChange(input, current.budget, context.timeZone),
    ...limitChanges(input),
    ...(name !== undefined && { name }),
    ...(expired_time !== undefined && { expiresAt: expired_time }),
    ...(unlimited_quota !== undefined && { unlimitedQuota: unlimited_quota }),
    ...(model_limits_enabled !== undefined && { modelLimitsEnabled: model_limits_enabled }),
    ...(model_limits !== undefined && { modelLimits: parseModelList(model_limits ?? '').text }),
    ...(allow_ips !== undefined && { allowIps: parseIpList(allow_ips ?? '')?.text ?? null }),
  };
}

function limitChanges({ rpm_limit, tpm_limit, concurrency_limit, content_log_days }: KeyInput) {
  return {
    ...(rpm_limit !== undefined && { requestsPerMinute: rpm_limit ?? 0 }),
    ...(tpm_limit !== undefined && { tokensPerMinute: tpm_limit ?? 0 }),
    ...(concurrency_limit !== undefined && { concurrentRequests: concurrency_limit ?? 0 }),
    ...(content_log_days !== undefined && { contentDays: content_log_days ?? 0 }),
  } satisfies Partial<KeyFields>;
}

function groupChange(
  { group, cross_group_retry }: KeyInput,
  current: Omit<KeyFields, 'state'>,
  context: FieldsContext,
): Partial<KeyFields> {
  // Write only what was sent, so that a change made since the key was read is not undone.
  if (group === undefined && cross_group_retry === undefined) return {};
  const after = group ?? current.group;
  if (after !== current.group) requireGroup(after, context);
  return {
    ...(group !== undefined && { group }),
    crossGroupRetry: (cross_group_retry ?? current.crossGroupRetry) && after === autoGroup,
  };
}

function quotaChange(input: KeyInput, current: Current): Partial<KeyFields> {
  const { remain_quota, used_quota } = input;
  const { remainQuota: left, usedQuota: used = 0 } = current;
  // An overdrawn key's negative quota may be sent back too.
  if (remain_quota === undefined || isSentBack(remain_quota, used_quota, { left, used })) return {};
  if (remain_quota >= 0) return { remainQuota: remain_quota };
  if (input.unlimited_quota ?? current.unlimitedQuota) return { remainQuota: 0 };
  throw fieldError('remain_quota', 'must not be negative');
}

function requireGroup(group: string, context: FieldsContext): void {
  if (mayUseGroup(group, context.ownGroup, context.selectableGroups)) return;
  throw new HalleyError('refused', {
    message: 'Your account may not use this group. GET /api/user/self/groups lists those it may.',
    param: 'group',
  });
}

function stateFor(status: number | undefined): Partial<KeyFields> {
  if (status === keyStatus.enabled) return { state: 'enabled' };
  return status === keyStatus.disabled ? { state: 'disabled' } : {};
}

function statusChange(
  status: number | undefined,
  current: KeyRow,
  context: FieldsContext,
): Partial<KeyFields> {
  const workedOut = status === keyStatus.expired || status === keyStatus.exhausted;
  if (workedOut && status !== statusOf(current, context.nowSeconds)) {
    throw fieldError('status', 'must be 1 (enabled) or 2 (disabled); the others are derived');
  }
  return stateFor(status);
}

/**
 * Refuses to enable an expired or exhausted key. A key that is enabled already may be sent back with status 1 while
 * its expiry moves to the past.
 */
function requireEnabled(after: KeyRow, before: KeyRow, context: FieldsContext): void {
  if (statusOf(before, context.nowSeconds) === keyStatus.enabled) return;
  const status = statusOf(after, context.nowSeconds);
  if (status === keyStatus.expired) {
    throw new HalleyError('refused', { message: 'The key has expired. Change expired_time to enable it.' });
  }
  if (status === keyStatus.exhausted) {
    throw new HalleyError('refused', { message: 'The key has no quota left. Raise it to enable the key.' });
  }
}
