/** Sums and comparisons of the ledger, from rows whose columns are computed. */

import type { Row } from './columns.ts';
import type { HourlyRow, LedgerDifference, RecordSums } from './ledger-store.ts';

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

export function differenceRow(row: Row): LedgerDifference {
  return { what: String(row.what), stored: Number(row.stored), computed: Number(row.computed) };
}
