/** What the form of a key holds, and the fields of the API that it stands for. Pure. */
import { unitsFromUsd, usdFromUnits } from '../../format/money.ts';
import type { KeyBody, OwnKey } from './key.ts';

const secondsPerDay = 86_400;

export const expiryPresets = { day: 1, week: 7, month: 30, quarter: 90 } as const;
/** `keep` = as it is; `date` = the end of a chosen day. */
export type Expiry = 'never' | 'keep' | 'date' | keyof typeof expiryPresets;
export type BudgetChoice = 'none' | 'daily' | 'weekly' | 'monthly';

/** Amounts and limits are texts as typed. */
export interface KeyForm {
  name: string;
  isUnlimited: boolean;
  quotaUsd: string;
  budgetPeriod: BudgetChoice;
  budgetUsd: string;
  /** The zone that a budget has already; empty = that of the viewer. */
  budgetZone: string;
  expiry: Expiry;
  /** `2027-01-31` */
  expiryDate: string;
  isModelsLimited: boolean;
  models: readonly string[];
  allowIps: string;
  /** Empty = that of the account. */
  group: string;
  requestsPerMinute: string;
  tokensPerMinute: string;
  concurrent: string;
}

export const newKeyForm: KeyForm = {
  name: '',
  isUnlimited: true,
  quotaUsd: '',
  budgetPeriod: 'none',
  budgetUsd: '',
  budgetZone: '',
  expiry: 'never',
  expiryDate: '',
  isModelsLimited: false,
  models: [],
  allowIps: '',
  group: '',
  requestsPerMinute: '',
  tokensPerMinute: '',
  concurrent: '',
};

const limitText = (limit: number) => (limit === 0 ? '' : String(limit));

export function formOf(key: OwnKey): KeyForm {
  return {
    name: key.name,
    isUnlimited: key.unlimited_quota,
    quotaUsd: key.unlimited_quota ? '' : usdFromUnits(Math.max(0, key.remain_quota)),
    budgetPeriod: key.budget_quota === null ? 'none' : (key.budget_period ?? 'monthly'),
    budgetUsd: key.budget_quota === null ? '' : usdFromUnits(key.budget_quota),
    budgetZone: key.budget_time_zone ?? '',
    expiry: key.expired_time === -1 ? 'never' : 'keep',
    expiryDate: '',
    isModelsLimited: key.model_limits_enabled,
    models: key.model_limits === '' ? [] : key.model_limits.split(','),
    allowIps: key.allow_ips ?? '',
    group: key.group,
    requestsPerMinute: limitText(key.rpm_limit),
    tokensPerMinute: limitText(key.tpm_limit),
    concurrent: limitText(key.concurrency_limit),
  };
}

export interface FieldsContext {
  /** Seconds since 1970. */
  readonly now: number;
  /** IANA name, in which new budgets begin at midnight. */
  readonly timeZone: string;
  /** The moment after a day of the viewer's zone, in seconds since 1970. */
  readonly endOfDay: (date: string) => number;
}

type Fields = Omit<KeyBody, 'id' | 'status'>;

/** The fields of a key for a valid form. */
export function fieldsOf(form: KeyForm, context: FieldsContext): Fields {
  return {
    name: form.name.trim(),
    unlimited_quota: form.isUnlimited,
    ...(!form.isUnlimited && { remain_quota: unitsFromUsd(form.quotaUsd) ?? 0 }),
    ...budgetFields(form, context),
    ...expiryFields(form, context),
    model_limits_enabled: form.isModelsLimited,
    model_limits: form.isModelsLimited ? form.models.join(',') : '',
    allow_ips: form.allowIps.trim(),
    group: form.group,
    rpm_limit: wholeNumber(form.requestsPerMinute) ?? 0,
    tpm_limit: wholeNumber(form.tokensPerMinute) ?? 0,
    concurrency_limit: wholeNumber(form.concurrent) ?? 0,
  };
}

function budgetFields({ budgetPeriod, budgetUsd, budgetZone }: KeyForm, { timeZone }: FieldsContext): Fields {
  if (budgetPeriod === 'none') return { budget_quota: null };
  const budget_quota = unitsFromUsd(budgetUsd) ?? 0;
  return { budget_quota, budget_period: budgetPeriod, budget_time_zone: budgetZone || timeZone };
}

function expiryFields({ expiry, expiryDate }: KeyForm, { now, endOfDay }: FieldsContext): Fields {
  if (expiry === 'keep') return {};
  if (expiry === 'never') return { expired_time: -1 };
  return {
    expired_time: expiry === 'date' ? endOfDay(expiryDate) : now + expiryPresets[expiry] * secondsPerDay,
  };
}

/**
 * What a changed form changes of a key. What was not touched is not sent, so that it does not undo what someone else
 * changed meanwhile.
 */
export function changedFields(before: KeyForm, after: KeyForm, context: FieldsContext): Fields {
  const [old, now] = [fieldsOf(before, context), fieldsOf(after, context)];
  const changed = Object.entries(now).filter(([name, value]) => value !== old[name as keyof Fields]);
  const fields = Object.fromEntries(changed) as Fields;
  const isBudget = changed.some(([name]) => name.startsWith('budget_'));
  return isBudget ? { ...fields, ...budgetFields(after, context) } : fields;
}

/** @returns undefined for what is not a whole number; spaces and separators are ignored */
export function wholeNumber(text: string): number | undefined {
  const plain = text.replace(/[\s,']/g, '');
  return /^\d{1,15}$/.test(plain) ? Number(plain) : undefined;
}

/** Which changes may end requests that run now. */
export function narrowings(
  before: KeyForm,
  after: KeyForm,
): readonly ('models' | 'addresses' | 'expiry' | 'group' | 'spend')[] {
  const isNarrowerList =
    after.isModelsLimited &&
    (!before.isModelsLimited || before.models.some((model) => !after.models.includes(model)));
  const spend = [before, after].map(({ isUnlimited, quotaUsd, budgetPeriod, budgetUsd }) => ({
    quota: isUnlimited ? Number.POSITIVE_INFINITY : (unitsFromUsd(quotaUsd) ?? 0),
    budget: budgetPeriod === 'none' ? Number.POSITIVE_INFINITY : (unitsFromUsd(budgetUsd) ?? 0),
  }));
  const [was, is] = spend;
  return [
    ...(isNarrowerList ? (['models'] as const) : []),
    ...(after.allowIps.trim() !== '' && after.allowIps.trim() !== before.allowIps.trim()
      ? (['addresses'] as const)
      : []),
    ...(after.expiry !== before.expiry && after.expiry !== 'never' ? (['expiry'] as const) : []),
    ...(after.group !== before.group ? (['group'] as const) : []),
    ...(was && is && (is.quota < was.quota || is.budget < was.budget) ? (['spend'] as const) : []),
  ];
}
