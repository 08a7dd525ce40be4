/** The ledger's rows: from rows as the databases give them to rows as the store gives them, and prices back again. */

import type { BudgetAlert, RecordType } from '../domain/accounting/terms.ts';
import type { BudgetPeriod } from '../domain/budget.ts';
import type {
  BalanceEntry,
  HourlyRow,
  LedgerDifference,
  MultiplierRow,
  NewPrice,
  PriceRow,
  RecordSums,
  StoredRecord,
} from './ledger-store.ts';
import { decodeDetail } from './record-detail.ts';
import type { Row } from './rows.ts';

export function recordRow(row: Row): StoredRecord {
  return {
    id: row.id as number,
    requestId: row.request_id as string,
    type: row.type as RecordType,
    createdAt: row.created_at as number,
    accountId: row.account_id as number,
    keyId: row.key_id as number,
    model: row.model as string,
    units: row.units as number,
    detail: decodeDetail(row.detail as string),
  };
}

export function recordSumsRow(row: Row): RecordSums {
  return { units: Number(row.units), requests: Number(row.requests), tokens: Number(row.tokens) };
}

export function hourlyRow(row: Row): HourlyRow {
  return {
    hour: Number(row.hour ?? 0),
    accountId: Number(row.account_id ?? 0),
    keyId: Number(row.key_id ?? 0),
    model: String(row.model ?? ''),
    requests: Number(row.requests),
    errors: Number(row.errors),
    units: Number(row.units),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
  };
}

export function balanceEntryRow(row: Row): BalanceEntry {
  return {
    id: row.id as number,
    accountId: row.account_id as number,
    keyId: row.key_id as number,
    kind: row.kind as BalanceEntry['kind'],
    units: row.units as number,
    reason: row.reason as string,
    actorId: row.actor_id as number,
    reference: row.reference as string | null,
    createdAt: row.created_at as number,
  };
}

export function alertRow(row: Row): BudgetAlert {
  return {
    id: row.id as number,
    kind: row.kind as BudgetAlert['kind'],
    accountId: row.account_id as number,
    keyId: row.key_id as number,
    name: row.name as string,
    period: row.period as BudgetPeriod,
    periodStart: row.period_start as number,
    periodEnd: row.period_end as number,
    used: row.used as number,
    budgetUnits: row.budget_units as number,
    thresholdUnits: row.threshold_units as number,
    createdAt: row.created_at as number,
    attempts: row.attempts as number,
    nextAttemptAt: row.next_attempt_at as number,
  };
}

/** Of a new price, in the order of `priceValues`. */
export const priceColumns = [
  'model',
  'effective_from',
  'input',
  'cached_input',
  'cache_write',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
  'audio_output',
  'image_output',
  'request',
  'image',
  'source',
  'created_at',
] as const;

export function priceValues(price: NewPrice) {
  return [
    price.model,
    price.effectiveFrom,
    price.input,
    price.cachedInput,
    price.cacheWrite,
    price.audioInput,
    price.imageInput,
    price.output,
    price.reasoning,
    price.audioOutput,
    price.imageOutput,
    price.request,
    price.image,
    price.source,
    price.createdAt,
  ] as const;
}

export function priceRow(row: Row): PriceRow {
  return {
    id: row.id as number,
    model: row.model as string,
    effectiveFrom: row.effective_from as number,
    input: row.input as number,
    cachedInput: row.cached_input as number | null,
    cacheWrite: row.cache_write as number | null,
    audioInput: row.audio_input as number | null,
    imageInput: row.image_input as number | null,
    output: row.output as number,
    reasoning: row.reasoning as number | null,
    audioOutput: row.audio_output as number | null,
    imageOutput: row.image_output as number | null,
    request: row.request as number,
    image: row.image as number,
    source: row.source as string,
    createdAt: row.created_at as number,
  };
}

export function multiplierRow(row: Row): MultiplierRow {
  return {
    group: row.group_name as string,
    effectiveFrom: row.effective_from as number,
    multiplier: row.multiplier as number,
  };
}

export function differenceRow(row: Row): LedgerDifference {
  return { what: String(row.what), stored: Number(row.stored), computed: Number(row.computed) };
}
