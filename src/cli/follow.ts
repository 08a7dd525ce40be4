/** Polls the request log and prints each record once, also across restarts of the gateway. */
import { type Client, pageOf, type Request } from './client.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Flags } from './flags.ts';
import type { Fields } from './listing.ts';

/** How many of the newest records are shown at first. */
const first_records = 20;
const page_records = 100;
/** Records are written in the order in which requests end, but for some that waited: for at most so long. */
const late_seconds_max = 300;
const retry_ms_max = 15_000;

export interface Following {
  readonly client: Pick<Client, 'call'>;
  readonly path: string;
  readonly query: NonNullable<Request['query']>;
  readonly flags: Flags;
  readonly pollMs: number;
  /** Records in the order of their time. */
  readonly show: (records: readonly Fields[]) => void;
  /** Says that the gateway cannot be asked, and that it can again. */
  readonly tell: (text: string) => void;
  readonly wait: (ms: number) => Promise<void>;
  readonly isOver: () => boolean;
}

const idOf = (record: Fields): number => Number(record.id);
const timeOf = (record: Fields): number => Number(record.created_at);

/** What was told already: by its id, as far back as something late may still come. */
class Told {
  readonly #timeById = new Map<number, number>();
  #floor = 0;

  /** The first records, and where the following begins: what is older was never meant. */
  begin(newest: readonly Fields[]): void {
    for (const record of newest) this.#timeById.set(idOf(record), timeOf(record));
    if (newest.length === page_records) this.#floor = Math.min(...newest.map(timeOf));
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

/** Failures that pass by themselves. */
const passes = (error: unknown): error is CliError =>
  error instanceof CliError &&
  (error.exitCode === exitCodes.unreachable || error.exitCode === exitCodes.serverError);

export async function follow(given: Following): Promise<void> {
  const { client, path, query, flags, show, tell, wait } = given;
  const read = async (more: NonNullable<Request['query']>) =>
    pageOf(await client.call({ path, query: { ...query, page_size: page_records, ...more }, flags })).items;
  const told = new Told();
  const newest = await read({});
  told.begin(newest);
  if (newest.length > 0) show(newest.slice(0, first_records).reverse());
  let retryMs = given.pollMs;
  for (;;) {
    await wait(retryMs);
    if (given.isOver()) return;
    try {
      const records = await newRecords(read, told, Number(query.start_timestamp ?? 0));
      if (retryMs > given.pollMs) tell('The gateway answers again.');
      retryMs = given.pollMs;
      told.add(records);
      if (records.length > 0) show(records);
    } catch (error) {
      if (!passes(error)) throw error;
      if (retryMs === given.pollMs) tell(`${error.message} Trying again.`);
      retryMs = Math.min(retryMs * 2, retry_ms_max);
    }
  }
}

/** Reads back from the newest until a whole page was told before. */
async function newRecords(
  read: (more: NonNullable<Request['query']>) => Promise<readonly Fields[]>,
  told: Told,
  since: number,
): Promise<readonly Fields[]> {
  const found = new Map<number, Fields>();
  let before: number | undefined;
  for (;;) {
    const page = await read({
      before_id: before,
      ...(told.floor > since && { start_timestamp: told.floor }),
    });
    const fresh = page.filter((record) => !told.has(record));
    for (const record of fresh) found.set(idOf(record), record);
    const last = page.at(-1);
    if (page.length < page_records || fresh.length === 0 || !last) break;
    before = idOf(last);
  }
  return [...found.values()].sort((a, b) => timeOf(a) - timeOf(b) || idOf(a) - idOf(b));
}
