/** Streams request records as CSV (RFC 4180). */
import { csvLine } from '../../domain/csv.ts';
import { limits } from '../../platform/limits.ts';
import type { RecordFilter, RecordPlace, StoredRecord } from '../../store/ledger-store.ts';
import type { StoreBase } from '../../store/store.ts';
import { pieceFields } from './usage-fields.ts';

const pieceNames = Object.keys(pieceFields) as (keyof typeof pieceFields)[];

const columns = [
  'id',
  'time',
  'created_at',
  'type',
  'user_id',
  'username',
  'token_id',
  'token_name',
  'model_name',
  'quota',
  'prompt_tokens',
  'completion_tokens',
  'cache_tokens',
  'total_ms',
  'frt',
  'is_stream',
  'group',
  'channel',
  'ip',
  'status',
  'outcome',
  'error_code',
  'estimated',
  'operation',
  ...pieceNames,
  'variant',
  'request_id',
  'response_id',
  'content',
];

/** The head, then the records, newest first; some at a time, so that all of them are never in memory. */
export async function* recordsAsCsv(
  store: Pick<StoreBase, 'searchRecords'>,
  filter: RecordFilter,
  batch: number,
): AsyncGenerator<string> {
  // Not sent by itself: a database that fails at once is still answered with its status.
  let text = csvLine(columns);
  let before: RecordPlace | undefined;
  do {
    const { items, next } = await store.searchRecords(
      { ...filter, before },
      batch,
      limits.records_searched_max,
    );
    text += items.map((record) => csvLine(fieldsOf(record))).join('');
    if (text !== '') yield text;
    text = '';
    before = next;
  } while (before);
}

function fieldsOf({ detail, ...record }: StoredRecord): readonly (string | number | boolean)[] {
  return [
    record.id,
    new Date(record.createdAt * 1000).toISOString(),
    record.createdAt,
    record.type,
    record.accountId,
    detail.username,
    record.keyId,
    detail.keyName,
    record.model,
    record.units,
    detail.inputTokens,
    detail.outputTokens,
    detail.cachedTokens,
    detail.totalMs,
    detail.firstByteMs,
    detail.stream,
    detail.group,
    detail.channelId,
    detail.clientAddress,
    detail.status,
    detail.outcome,
    detail.errorCode,
    detail.estimated,
    detail.operation,
    ...pieceNames.map((name) => detail[pieceFields[name]]),
    detail.variant,
    record.requestId,
    detail.responseId,
    detail.content,
  ];
}
