/** Prices as a CSV file: a header, then one price a line. */
import { type CsvLine, csvLine, readCsv } from '../domain/csv.ts';
import {
  type ModelRates,
  type Rates,
  rateNames,
  type TokenRates,
  tokenRateNames,
  variantRateNames,
} from '../domain/rates.ts';
import { isTierName } from '../domain/service-tier.ts';
import { quoted } from '../domain/text-rules.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import {
  type Amounts,
  amountRule,
  formatMoment,
  isByThePiece,
  modelFault,
  momentRule,
  type PriceEntry,
  parseAmount,
  parseMoment,
  plainAmountsOf,
  type RateField,
  rateFields,
  ratesOf,
  sourceFault,
  tierNameRule,
  tokenAmountsOf,
  tooManyTiers,
  type VariantAmounts,
  variantAmountsOf,
  variantsFault,
} from './price-format.ts';

/** Any order is read; `id`, `input` and `output` must be there. */
export const priceColumns: readonly string[] = [
  'id',
  'effective_from',
  'tier',
  ...rateNames.map((rate) => rateFields[rate]),
  'variants',
  'source',
];
const needed: readonly string[] = ['id', 'input', 'output'];

/** @throws HalleyError('invalid_value') naming line and column */
export function readPriceCsv(text: string): readonly PriceEntry[] {
  const [header, ...lines] = readCsv(text);
  if (!header) throw invalid('The file is empty. Its first line must name the columns.');
  checkHeader(header);
  if (lines.length === 0) throw invalid('The file has a header, but no prices.');
  if (lines.length > limits.prices_per_call_max) {
    throw invalid(`The file has more than ${limits.prices_per_call_max} prices. Split it.`);
  }
  return joined(lines.map((line) => readEntry(header.cells, line)));
}

function checkHeader({ cells }: CsvLine): void {
  for (const [index, name] of cells.entries()) {
    if (!priceColumns.includes(name)) {
      const known = priceColumns.join(', ');
      throw invalid(`Line 1: the column ${quoted(name)} is not known. The columns are: ${known}.`);
    }
    if (cells.indexOf(name) !== index) throw invalid(`Line 1: the column ${quoted(name)} appears twice.`);
  }
  const missing = needed.find((name) => !cells.includes(name));
  if (missing !== undefined) throw invalid(`Line 1: the column ${quoted(missing)} is missing.`);
}

/** What a line says; where it names a service tier, its rates are those of that tier alone. */
interface Entry extends PriceEntry {
  readonly line: number;
  readonly tier: string | undefined;
}

/** Gives the rates of tiers to the price of the same model and moment. */
function joined(entries: readonly Entry[]): readonly PriceEntry[] {
  const placeOf = ({ model, effectiveFrom }: Entry) => JSON.stringify([model, effectiveFrom]);
  const tiers = new Map<string, Record<string, TokenRates>>();
  for (const entry of entries) if (entry.tier === undefined) tiers.set(placeOf(entry), {});
  for (const entry of entries) {
    const { tier, model, line, rates } = entry;
    if (tier === undefined) continue;
    const own = tiers.get(placeOf(entry));
    if (!own) {
      const message = `Line ${line}: ${quoted(model)} has no line without a tier from the same moment. Add one.`;
      throw invalid(message);
    }
    if (Object.hasOwn(own, tier)) {
      throw invalid(`Line ${line}: the tier ${quoted(tier)} of ${quoted(model)} appears twice. Keep one.`);
    }
    own[tier] = tokenRatesIn(rates);
    if (Object.keys(own).length > limits.price_tiers_max) throw invalid(`Line ${line}: it ${tooManyTiers}.`);
  }
  return entries.flatMap((entry) => {
    const { line: _, tier, ...price } = entry;
    if (tier !== undefined) return [];
    return { ...price, rates: { ...price.rates, tiers: tiers.get(placeOf(entry)) ?? {} } };
  });
}

function tokenRatesIn(rates: Rates): TokenRates {
  return Object.fromEntries(tokenRateNames.map((rate) => [rate, rates[rate]])) as unknown as TokenRates;
}

function readEntry(names: readonly string[], { number, cells }: CsvLine): Entry {
  if (cells.length !== names.length) {
    throw invalid(`Line ${number} has ${cells.length} cells, the header has ${names.length}.`);
  }
  const cellOf = (name: string) => {
    const cell = cells[names.indexOf(name)] ?? '';
    return cell === '' ? undefined : cell;
  };
  const check = (name: string, fault: string | undefined) => {
    if (fault !== undefined) throw invalid(`Line ${number}, column ${quoted(name)}: it ${fault}.`);
  };
  const model = cellOf('id') ?? '';
  check('id', modelFault(model));
  const source = cellOf('source') ?? '';
  check('source', sourceFault(source));
  const moment = cellOf('effective_from');
  const effectiveFrom = moment === undefined ? undefined : parseMoment(moment);
  if (moment !== undefined && effectiveFrom === undefined) check('effective_from', momentRule);
  const tier = cellOf('tier');
  if (tier !== undefined && !isTierName(tier)) check('tier', tierNameRule);
  const amounts: Partial<Record<RateField, string>> = {};
  for (const rate of rateNames) {
    const field = rateFields[rate];
    const cell = cellOf(field);
    if (cell === undefined && needed.includes(field)) check(field, 'is missing');
    if (cell === undefined) continue;
    if (tier !== undefined && isByThePiece(rate)) check(field, 'is the same in all tiers: leave it empty');
    if (parseAmount(cell, rate) === undefined) check(field, amountRule);
    amounts[field] = cell;
  }
  const variants = readVariants(cellOf('variants') ?? '');
  if (tier !== undefined && cellOf('variants') !== undefined)
    check('variants', 'is the same in all tiers: leave it empty');
  check('variants', variants ? variantsFault(variants) : variantsRule);
  const rates = ratesOf({ ...amounts, variants });
  if (!rates) throw invalid(`Line ${number} is not a price.`);
  return { line: number, tier, model, effectiveFrom, rates, source: source === '' ? undefined : source };
}

const variantsRule =
  'must list sizes and qualities, separated by spaces, such as "hd:per_image=0.08 hd/1792x1024:per_image=0.12"';

/** @returns undefined when the text breaks `variantsRule` */
function readVariants(text: string): Record<string, VariantAmounts> | undefined {
  const fields: readonly string[] = variantRateNames.map((rate) => rateFields[rate]);
  const variants = new Map<string, Record<string, string>>();
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const {
      name = '',
      field = '',
      amount = '',
    } = /^(?<name>.+):(?<field>\w+)=(?<amount>.+)$/.exec(word)?.groups ?? {};
    if (!fields.includes(field) || parseAmount(amount, 'image') === undefined) return undefined;
    variants.set(name, { ...variants.get(name), [field]: amount });
  }
  return Object.fromEntries(variants);
}

/** The text of which `readVariants` makes the same. */
function writeVariants(variants: ModelRates['variants']): string {
  const words = Object.entries(variantAmountsOf(variants) ?? {}).flatMap(([name, amounts]) =>
    Object.entries(amounts).map(([field, amount]) => `${name}:${field}=${amount}`),
  );
  return words.join(' ');
}

type WrittenPrice = ModelRates & {
  readonly model: string;
  readonly effectiveFrom: number;
  readonly source: string;
};

/** One line for each price, and one for each of its tiers, in the order given, ending as RFC 4180 has it. */
export function writePriceCsv(prices: readonly WrittenPrice[]): string {
  const lines = prices.flatMap((price) => [
    lineOf(price, '', plainAmountsOf(price), writeVariants(price.variants)),
    ...Object.entries(price.tiers).map(([tier, rates]) => lineOf(price, tier, tokenAmountsOf(rates), '')),
  ]);
  return [priceColumns, ...lines].map(csvLine).join('');
}

function lineOf(
  { model, effectiveFrom, source }: WrittenPrice,
  tier: string,
  amounts: Amounts,
  variants: string,
): string[] {
  const cells = rateNames.map((rate) => amounts[rateFields[rate]] ?? '');
  return [model, formatMoment(effectiveFrom), tier, ...cells, variants, source];
}

function invalid(message: string): HalleyError {
  return new HalleyError('invalid_value', { message });
}
