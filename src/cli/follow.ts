/** Polls the request log and prints each record once, also across restarts of the gateway. */
import { type Client, pageOf, type Request } from './client.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Flags } from './flags.ts';
import type { Fields } from './listing.ts';

/** Number of records shown at the start. */
const first_records = 20;
const page_records = 100;
/** The gateway writes records in the order in which requests end. A delayed record is at most this late. */
const late_seconds_max = 300;
const retry_ms_max = 15_000;

export interface Following {
  readonly client: Pick<Client, 'call'>;
  readonly path: string;
  readonly query: NonNullable<Request['query']>;
  readonly flags: Flags;
  readonly pollMs: number;
  /** Receives records in the order of their time. */
  readonly show: (records: readonly Fields[]) => void;
  /** Reports that the gateway cannot be reached, and that it can be reached again. */
  readonly notify: (text: string) => void;
  readonly wait: (ms: number) => Promise<void>;
  readonly isOver: () => boolean;
}

const idOf = (record: Fields): number => Number(record.id);
const timeOf = (record: Fields): number => Number(record.created_at);

/** Remembers the ids of printed records, for as long as a late record may still arrive. */
class PrintedRecords {
  readonly #timeById = new Map<number, number>();
  #floor = 0;

  /** Takes the first records. Older records are not shown later either. */
  begin(newest: readonly Fields[]): void {
    for (const record of newest) this.#timeById.set(idOf(record), timeOf(record));
    if (newest.length === page_records) this.#floor = Math.min(...newest.map(timeOf));
  }

  /** Takes the time of a record from which on all are known. Older records are not shown later. */
  beginAt(seconds: number): void {
    this.#floor = Math.max(this.#floor, seconds - late_seconds_max);
  }

  has(record: Fields): boolean {
    return timeOf(record) < this.#floor || this.#timeById.has(idOf(record));
  }

  /** @param records in the order of their time */
  add(records: readonly Fields[]): void {
    for (const record of records) this.#timeById.set(idOf(record), timeOf(record));
    const last = records.at(-1);
    if (!last) return;
    this.#floor = Math.max(this.#floor, timeOf(last) - late_seconds_max);
    for (const [id, time] of this.#timeById) if (time < this.#floor) this.#timeById.delete(id);
  }

  get floor(): number {
    return this.#floor;
  }
}

/** Whether the failure is temporary. */
const isTemporary = (error: unknown): error is CliError =>
  error instanceof CliError &&
  (error.exitCode === exitCodes.unreachable || error.exitCode === exitCodes.serverError);

export async function follow(given: Following): Promise<void> {
  const { client, path, query, flags, show, notify, wait } = given;
  const readPage = async (more: NonNullable<Request['query']>) =>
    pageOf(await client.call({ path, query: { ...query, page_size: page_records, ...more }, flags }));
  const read = async (more: NonNullable<Request['query']>) => (await readPage(more)).items;
  const printed = new PrintedRecords();
  const { items: newest, searched } = await readPage({});
  printed.begin(newest);
  if (searched) {
    // Where few of very many records match, each look would search all of these again.
    const [last] = pageOf(await client.call({ path, query: { page_size: 1 }, flags })).items;
    if (last) printed.beginAt(timeOf(last));
  }
  if (newest.length > 0) show(newest.slice(0, first_records).reverse());
  let retryMs = given.pollMs;
  for (;;) {
    await wait(retryMs);
    if (given.isOver()) return;
    try {
      const records = await newRecords(read, printed, Number(query.start_timestamp ?? 0));
      if (retryMs > given.pollMs) notify('The gateway answers again.');
      retryMs = given.pollMs;
      printed.add(records);
      if (records.length > 0) show(records);
    } catch (error) {
      if (!isTemporary(error)) throw error;
      if (retryMs === given.pollMs) notify(`${error.message} Trying again.`);
      retryMs = Math.min(retryMs * 2, retry_ms_max);
    }
  }
}

/** Reads pages from the newest record back until a page contains only printed records. */
async function newRecords(
  read: (more: NonNullable<Request['query']>) => Promise<readonly Fields[]>,
  printed: PrintedRecords,
  since: number,
): Promise<readonly Fields[]> {
  const found = new Map<number, Fields>();
  let before: number | undefined;
  for (;;) {
    const page = await read({
      before_id: before,
      ...(printed.floor > since && { start_timestamp: printed.floor }),
    });
    const fresh = page.filter((record) => !printed.has(record));
    for (const record of fresh) found.set(idOf(record), record);
    const last = page.at(-1);
    if (page.length < page_records || fresh.length === 0 || !last) break;
    before = idOf(last);
  }
  return [...found.values()].sort((a, b) => timeOf(a) - timeOf(b) || idOf(a) - idOf(b));
}
