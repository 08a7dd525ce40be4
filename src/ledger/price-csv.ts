/** Prices as a CSV file: a header, then one price a line. */
import { type CsvLine, csvLine, readCsv } from '../domain/csv.ts';
import { type Rates, rateNames } from '../domain/rates.ts';
import { quoted } from '../domain/text-rules.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import {
  amountRule,
  amountsOf,
  formatMoment,
  modelFault,
  momentRule,
  type PriceEntry,
  parseAmount,
  parseMoment,
  type RateField,
  rateFields,
  ratesOf,
  sourceFault,
} from './price-format.ts';

/** Any order is read; `id`, `input` and `output` must be there. */
export const priceColumns: readonly string[] = [
  'id',
  'effective_from',
  ...rateNames.map((rate) => rateFields[rate]),
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
  return lines.map((line) => readEntry(header.cells, line));
}

function checkHeader({ cells }: CsvLine): void {
  for (const [index, name] of cells.entries()) {
    if (!priceColumns.includes(name)) {
      const known = priceColumns.join(', ');
      throw invalid(`Line 1: the column ${quoted(name)} is not known. The columns are: ${known}.`);
    }
    if (cells.indexOf(name) !== index) throw invalid(`Line 1: the column ${quoted(name)} is there twice.`);
  }
  const missing = needed.find((name) => !cells.includes(name));
  if (missing !== undefined) throw invalid(`Line 1: the column ${quoted(missing)} is missing.`);
}

function readEntry(names: readonly string[], { number, cells }: CsvLine): PriceEntry {
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
  const amounts: Partial<Record<RateField, string>> = {};
  for (const rate of rateNames) {
    const field = rateFields[rate];
    const cell = cellOf(field);
    if (cell === undefined && needed.includes(field)) check(field, 'is missing');
    if (cell === undefined) continue;
    if (parseAmount(cell, rate) === undefined) check(field, amountRule);
    amounts[field] = cell;
  }
  const rates = ratesOf(amounts);
  if (!rates) throw invalid(`Line ${number} is no price.`);
  return { model, effectiveFrom, rates, source: source === '' ? undefined : source };
}

/** One line for each price, in the order given, lines ending as RFC 4180 has it. */
export function writePriceCsv(
  prices: readonly (Rates & {
    readonly model: string;
    readonly effectiveFrom: number;
    readonly source: string;
  })[],
): string {
  const lines = prices.map((price) => {
    const amounts = amountsOf(price);
    return [
      price.model,
      formatMoment(price.effectiveFrom),
      ...rateNames.map((rate) => amounts[rateFields[rate]] ?? ''),
      price.source,
    ];
  });
  return [priceColumns, ...lines].map(csvLine).join('');
}

function invalid(message: string): HalleyError {
  return new HalleyError('invalid_value', { message });
}
