/** Request records as lines of CSV (RFC 4180). Pure. */
import { csvLine } from '../domain/csv.ts';
import { pieceFields } from '../domain/usage-fields.ts';
import type { RecordExport, RecordSearch, StoredRecord } from './ledger-store.ts';

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

/** The line above those of records. */
export const csvHead = csvLine(columns);

export function exportOf({ items, next }: RecordSearch): RecordExport {
  const lines = items.map((record) => csvLine(fieldsOf(record))).join('');
  return { lines: new TextEncoder().encode(lines), next };
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
