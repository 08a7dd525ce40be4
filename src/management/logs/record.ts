/** Converts a stored record to a log entry of the API. */

import { plainMultiplier, type Rates, ratesIn } from '../../domain/rates.ts';
import { requestState } from '../../domain/request-outcome.ts';
import { countsOf, pieceFields } from '../../domain/usage-fields.ts';
import { plainAmountsOf } from '../../ledger/price-format.ts';
import type { PriceRow, RecordDetail, StoredRecord } from '../../store/ledger-store.ts';
import type { StoreBase } from '../../store/store.ts';
import type { LogRecord } from './schemas.ts';

/** In the compatible API, a ratio of 1 is 0.002 USD per 1,000 tokens. This is that price in picodollars per token. */
const ratioPicodollars = 2_000_000;
const picodollarsPerUsd = 1e12;

/**
 * @param isForAdmin whether to include the channel's name
 * @returns entries in the order of the records
 */
export async function logRecords(
  store: Pick<StoreBase, 'getPrices'>,
  records: readonly StoredRecord[],
  isForAdmin: boolean,
): Promise<LogRecord[]> {
  const ids = new Set(records.map(({ detail }) => detail.priceId).filter((id) => id !== 0));
  const prices = ids.size === 0 ? [] : await store.getPrices([...ids]);
  const byId = new Map(prices.map((price) => [price.id, price]));
  return records.map((record) => logRecord(record, byId.get(record.detail.priceId), isForAdmin));
}

/** @param price that the record was charged by, where it has one */
export function logRecord(record: StoredRecord, price: PriceRow | undefined, isForAdmin: boolean): LogRecord {
  const { detail } = record;
  return {
    id: record.id,
    user_id: record.accountId,
    created_at: record.createdAt,
    type: record.type,
    content: detail.content,
    username: detail.username,
    token_id: record.keyId,
    token_name: detail.keyName,
    model_name: record.model,
    quota: record.units,
    prompt_tokens: detail.inputTokens,
    completion_tokens: detail.outputTokens,
    use_time: Math.round(detail.totalMs / 1000),
    is_stream: detail.stream,
    channel: detail.channelId,
    channel_name: isForAdmin ? detail.channelName : '',
    group: detail.group,
    ip: detail.clientAddress,
    request_id: record.requestId,
    response_id: detail.responseId,
    state: requestState(detail.outcome, detail.status) ?? '',
    status: detail.status,
    outcome: detail.outcome,
    error_code: detail.errorCode,
    total_ms: detail.totalMs,
    first_byte_ms: detail.firstByteMs,
    attempts: detail.attempts,
    operation: detail.operation,
    estimated: detail.estimated,
    pieces: countsOf(detail, pieceFields),
    variant: detail.variant,
    other: JSON.stringify(otherOf(detail, price)),
  };
}

/** Ratios are never null: a record without a price gets the ratios of a free model. */
function otherOf(detail: RecordDetail, price: PriceRow | undefined): object {
  const rates = price && ratesIn(price, detail.tier, detail.variant);
  return {
    ...ratiosOf(rates),
    group_ratio: detail.multiplier / plainMultiplier,
    cache_tokens: detail.cachedTokens,
    frt: detail.firstByteMs,
    total_ms: detail.totalMs,
    request_path: detail.path,
    source: detail.source,
    cache_write_tokens: detail.cacheWriteTokens,
    long_cache_write_tokens: detail.longCacheWriteTokens,
    audio_input_tokens: detail.audioInputTokens,
    image_input_tokens: detail.imageInputTokens,
    reasoning_tokens: detail.reasoningTokens,
    audio_output_tokens: detail.audioOutputTokens,
    image_output_tokens: detail.imageOutputTokens,
    ...countsOf(detail, pieceFields),
    estimated: detail.estimated,
    price_id: detail.priceId,
    prices: rates ? plainAmountsOf(rates) : {},
    service_tier: detail.tier,
    variant: detail.variant,
    status: detail.status,
    outcome: detail.outcome,
    error_code: detail.errorCode,
    attempts: detail.attempts,
    operation: detail.operation,
  };
}

function ratiosOf(price: Rates | undefined) {
  if (!price) return { model_ratio: 0, completion_ratio: 1, model_price: -1, cache_ratio: 1 };
  const { input, output, request } = price;
  const ofInput = (rate: number | null) => (input === 0 ? 1 : (rate ?? input) / input);
  const isByRequest = input === 0 && output === 0 && request > 0;
  return {
    model_ratio: input / ratioPicodollars,
    completion_ratio: ofInput(output),
    model_price: isByRequest ? request / picodollarsPerUsd : -1,
    cache_ratio: ofInput(price.cachedInput),
  };
}
