/** Streams request records as CSV (RFC 4180). */
import { limits } from '../../platform/limits.ts';
import type { RecordFilter, RecordPlace } from '../../store/ledger-store.ts';
import { csvHead } from '../../store/record-csv.ts';
import type { StoreBase } from '../../store/store.ts';

/** The head, then the records, newest first; some at a time, so that all of them are never in memory. */
export async function* recordsAsCsv(
  reads: Pick<StoreBase, 'exportRecords'>,
  filter: RecordFilter,
  batch: number,
): AsyncGenerator<string | Uint8Array> {
  let before: RecordPlace | undefined;
  let isBegun = false;
  do {
    const { lines, next } = await reads.exportRecords(
      { ...filter, before },
      batch,
      limits.records_searched_max,
    );
    // Not earlier: a database that fails at once is still answered with its status.
    if (!isBegun) yield csvHead;
    isBegun = true;
    if (lines.length > 0) yield lines;
    before = next;
  } while (before);
}
