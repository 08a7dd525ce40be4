/**
 * Prices of new-api and one-api, from public facts on their table `options`: a model ratio of 1 is 2 USD for a million
 * input tokens, a completion ratio multiplies that for output, a model price is USD for a request, a group ratio
 * multiplies all of them. Options that an administrator never saved are not in the table.
 */
import { number, record, type SourceRow, text } from '../cells.ts';
import type { ImportNotes, MultiplierItem, PriceItem } from '../plan.ts';

type Ratios = Readonly<Record<string, unknown>>;

const usdOfRatioOne = 2;
/** Of the other program; equal to the units of Halley, from which it does not follow. */
const quotaPerUsdDefault = 500_000;
const readElsewhere = ['ImageRatio', 'AudioRatio', 'AudioCompletionRatio', 'GroupGroupRatio'];

/** Units of the other gateway for 1 USD. */
export const quotaPerUsd = (options: ReadonlyMap<string, string>): number =>
  number(options.get('QuotaPerUnit')) || quotaPerUsdDefault;

export function optionsOf(rows: readonly SourceRow[]): ReadonlyMap<string, string> {
  return new Map(rows.map((row) => [text(row.key), text(row.value)]));
}

/** A price that names no completion ratio is left out: its default stands in the other program. */
export function priceItems(options: ReadonlyMap<string, string>, notes: ImportNotes): readonly PriceItem[] {
  const ratios = (name: string): Ratios => record(options.get(name)) ?? {};
  const [input, output, cached, written] = [
    'ModelRatio',
    'CompletionRatio',
    'CacheRatio',
    'CreateCacheRatio',
  ].map(ratios) as [Ratios, Ratios, Ratios, Ratios];
  const perRequest = ratios('ModelPrice');
  for (const name of readElsewhere) {
    const count = Object.keys(ratios(name)).length;
    if (count > 0)
      notes.add('left', `The option ${name} does not go over: set those prices by hand.`, undefined, count);
  }
  if (!options.has('ModelRatio')) {
    notes.add('left', 'The database has no model ratios of its own: the prices of Halley apply.');
  }
  const byToken = Object.entries(input).flatMap(([id, ratio]): PriceItem[] => {
    if (id in perRequest) return [];
    const base = number(ratio) * usdOfRatioOne;
    if (output[id] === undefined && base !== 0) {
      notes.add(
        'left',
        'A model ratio without a completion ratio does not go over: set the price by hand where Halley has none.',
        id,
      );
      return [];
    }
    return [
      {
        id,
        input: usd(base),
        output: usd(base * number(output[id])),
        ...(cached[id] !== undefined && { cached_input: usd(base * number(cached[id])) }),
        ...(written[id] !== undefined && { cache_write: usd(base * number(written[id])) }),
      },
    ];
  });
  const byRequest = Object.entries(perRequest).map(([id, price]) => ({
    id,
    input: '0',
    output: '0',
    per_request: usd(number(price)),
  }));
  return [...byToken, ...byRequest];
}

export function multiplierItems(options: ReadonlyMap<string, string>): readonly MultiplierItem[] {
  return Object.entries(record(options.get('GroupRatio')) ?? {})
    .filter(([, ratio]) => number(ratio, 1) !== 1)
    .map(([group, ratio]) => ({ group, multiplier: String(number(ratio)) }));
}

/** Six decimals, without zeros at the end. */
const usd = (amount: number): string => String(Number(amount.toFixed(6)));
