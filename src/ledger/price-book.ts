/** The prices and multipliers in force, in memory: asked for every model request. */
import { type ModelRates, plainMultiplier } from '../domain/rates.ts';
import type { Clock } from '../platform/clock.ts';
import type { LedgerStore, MultiplierRow, PriceRow } from '../store/ledger-store.ts';

export interface PriceBookOptions {
  readonly store: Pick<LedgerStore, 'listPrices' | 'listMultipliers'>;
  readonly clock: Clock;
}

/** A price as a record names it. */
export interface FoundPrice {
  readonly priceId: number;
  readonly rates: ModelRates;
}

/** Models whose price, or lack of one, is remembered; names come from clients. */
const remembered_max = 10_000;

/** What holds from one effective date to the next. */
interface InForce {
  /** Seconds UTC. */
  readonly from: number;
  readonly until: number;
  readonly exact: ReadonlyMap<string, FoundPrice>;
  /** Longest beginning first. */
  readonly prefixes: readonly (readonly [beginning: string, price: FoundPrice])[];
  readonly multipliers: ReadonlyMap<string, number>;
  /** By model, what was found among the beginnings. */
  readonly remembered: Map<string, FoundPrice | undefined>;
}

export class PriceBook {
  readonly #options: PriceBookOptions;
  #prices: readonly PriceRow[] = [];
  #multipliers: readonly MultiplierRow[] = [];
  #inForce: InForce = inForceAt([], [], 0);
  #loads = 0;
  #shown = 0;

  constructor(options: PriceBookOptions) {
    this.#options = options;
  }

  /** Reads all prices and multipliers again. When it resolves, they or newer ones are found. */
  async load(): Promise<void> {
    this.#loads += 1;
    const load = this.#loads;
    const { store } = this.#options;
    const [prices, multipliers] = await Promise.all([store.listPrices(), store.listMultipliers()]);
    // A load that began later has read at least what this one has.
    if (load < this.#shown) return;
    this.#shown = load;
    this.#prices = prices;
    this.#multipliers = multipliers;
    this.#inForce = inForceAt(prices, multipliers, this.#nowSeconds());
  }

  /**
   * The price of a model now: that of its id, else of the longest beginning of it that has one. Undefined = it
   * has none.
   */
  find(model: string): FoundPrice | undefined {
    const { exact, prefixes, remembered } = this.#now();
    const own = exact.get(model);
    if (own || prefixes.length === 0) return own;
    const known = remembered.get(model);
    if (known || remembered.has(model)) return known;
    const found = prefixes.find(([beginning]) => model.startsWith(beginning))?.[1];
    if (remembered.size >= remembered_max) remembered.clear();
    remembered.set(model, found);
    return found;
  }

  /** In millionths. */
  multiplierOf(group: string): number {
    return this.#now().multipliers.get(group) ?? plainMultiplier;
  }

  #now(): InForce {
    const now = this.#nowSeconds();
    // Before its beginning too: clocks are also set back.
    if (now < this.#inForce.from || now >= this.#inForce.until) {
      this.#inForce = inForceAt(this.#prices, this.#multipliers, now);
    }
    return this.#inForce;
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }
}

function inForceAt(prices: readonly PriceRow[], multipliers: readonly MultiplierRow[], now: number): InForce {
  const dates = [...prices, ...multipliers].map(({ effectiveFrom }) => effectiveFrom);
  const exact = new Map<string, FoundPrice>();
  const prefixes: [string, FoundPrice][] = [];
  for (const row of latest(prices, ({ model }) => model, now)) {
    const price = { priceId: row.id, rates: row };
    if (row.model.endsWith('*')) prefixes.push([row.model.slice(0, -1), price]);
    else exact.set(row.model, price);
  }
  return {
    from: dates.reduce((last, date) => (date <= now ? Math.max(last, date) : last), Number.NEGATIVE_INFINITY),
    until: dates.reduce((next, date) => (date > now ? Math.min(next, date) : next), Number.POSITIVE_INFINITY),
    exact,
    prefixes: prefixes.sort(([one], [other]) => other.length - one.length),
    multipliers: new Map(
      latest(multipliers, ({ group }) => group, now).map((row) => [row.group, row.multiplier]),
    ),
    remembered: new Map(),
  };
}

/** For each name the row that took force last. */
export function latest<Row extends { readonly effectiveFrom: number }>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  nowSeconds: number,
): readonly Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    if (row.effectiveFrom > nowSeconds) continue;
    const before = found.get(nameOf(row));
    if (!before || before.effectiveFrom <= row.effectiveFrom) found.set(nameOf(row), row);
  }
  return [...found.values()];
}
