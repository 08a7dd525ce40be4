/**
 * Counts histogram observations at the cost of one addition each. The library validates and hashes labels at each
 * observation, which costs more than the admission of a request.
 */
import { Histogram, type HistogramConfiguration } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** The observations with one set of labels. */
export class BucketCounts {
  readonly #bounds: readonly number[];
  /** One count for each bound, and one for larger values. */
  readonly counts: number[];
  sum = 0;

  /** @param bounds upper bounds in ascending order; a value equal to a bound is within it */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
  }
}

interface Series {
  readonly labels: Labels;
  readonly counts: BucketCounts;
}

export class CountedHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(configuration: HistogramConfiguration<string> & { readonly buckets: number[] }) {
    super(configuration);
    this.#name = configuration.name;
    this.#help = configuration.help;
    this.#bounds = configuration.buckets;
  }

  /** Returns the counts for these labels. The caller keeps them, to avoid a lookup at each observation. */
  series(labels: Labels): BucketCounts {
    const name = JSON.stringify(labels);
    const series = this.#series.get(name) ?? { labels, counts: new BucketCounts(this.#bounds) };
    this.#series.set(name, series);
    return series.counts;
  }

  /** Replaces the method of the library, which would render its own observations. */
  async getForPromString(): Promise<object> {
    const values = [...this.#series.values()].flatMap((series) => this.#valuesOf(series));
    return { name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values };
  }

  /** As `getForPromString`, for who reads all metrics as values. */
  override get(): ReturnType<Histogram['get']> {
    return this.getForPromString() as ReturnType<Histogram['get']>;
  }

  #valuesOf({ labels, counts }: Series): readonly object[] {
    let below = 0;
    const buckets = counts.counts.map((count, index) => {
      below += count;
      const le = String(this.#bounds[index] ?? '+Inf');
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_sum`, labels: { ...labels }, value: counts.sum },
      { metricName: `${this.#name}_count`, labels: { ...labels }, value: below },
    ];
  }
}
