/** Reads a directory with accounts.csv, keys.csv and channels.csv. The first line of each names its columns. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CsvLine, readCsv } from '../../domain/csv.ts';
import { quoted } from '../../domain/text-rules.ts';
import { HalleyError } from '../../platform/errors.ts';
import { type AccountItem, type ChannelItem, emptyPlan, type ImportPlan, type KeyItem } from '../plan.ts';
import { type CsvFile, csvFiles, usdEnd } from './columns.ts';

type Fields = Readonly<Record<string, unknown>>;

const faultsShown = 20;

/**
 * @throws HalleyError('invalid_value') naming each line and column at fault
 */
export function readCsvDirectory(directory: string): ImportPlan {
  const faults: string[] = [];
  const found = csvFiles.filter(({ name }) => existsSync(join(directory, `${name}.csv`)));
  if (found.length === 0) {
    const names = csvFiles.map(({ name }) => `${name}.csv`).join(', ');
    throw new HalleyError('invalid_value', { message: `There is none of ${names} in ${directory}.` });
  }
  const items = new Map(found.map((file) => [file.name, readFile(directory, file, faults)]));
  if (faults.length > 0) {
    const more = faults.length > faultsShown ? [`and ${faults.length - faultsShown} more`] : [];
    throw new HalleyError('invalid_value', {
      message: [...faults.slice(0, faultsShown), ...more].join('\n'),
    });
  }
  return {
    ...emptyPlan,
    accounts: (items.get('accounts') ?? []).map((fields) => ({ type: 'account', ...fields }) as AccountItem),
    keys: (items.get('keys') ?? []).map(keyItem),
    channels: (items.get('channels') ?? []).map((fields) => fields as unknown as ChannelItem),
  };
}

/** A list of models restricts the key, an empty cell does not. */
function keyItem(fields: Fields): KeyItem {
  const limited = fields.model_limits !== undefined && { model_limits_enabled: true };
  return { type: 'key', ...fields, ...limited } as KeyItem;
}

function readFile(directory: string, file: CsvFile, faults: string[]): readonly Fields[] {
  const [head, ...lines] = linesOf(directory, file, faults);
  const names = (head?.cells ?? []).map((name) => name.trim());
  for (const [at, name] of names.entries()) {
    const place = `${file.name}.csv, column ${quoted(name)}`;
    if (!Object.hasOwn(file.columns, name)) faults.push(`${place}: there is no such column.`);
    if (names.indexOf(name) < at) faults.push(`${place}: is there twice.`);
  }
  return lines.map((line) => readLine(file, names, line, faults));
}

function linesOf(directory: string, file: CsvFile, faults: string[]): readonly CsvLine[] {
  try {
    return readCsv(readFileSync(join(directory, `${file.name}.csv`), 'utf8'));
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    faults.push(`${file.name}.csv: ${error.message}`);
    return [];
  }
}

function readLine(file: CsvFile, names: readonly string[], line: CsvLine, faults: string[]): Fields {
  const fault = (text: string) => faults.push(`${file.name}.csv, line ${line.number}${text}.`);
  if (line.cells.length !== names.length) {
    fault(` has ${line.cells.length} cells, where the first line names ${names.length} columns`);
    return {};
  }
  const fields: Record<string, unknown> = {};
  for (const [at, name] of names.entries()) {
    const cell = (line.cells[at] ?? '').trim();
    const column = Object.hasOwn(file.columns, name) ? file.columns[name] : undefined;
    if (cell === '' || !column) continue;
    const value = column.read(cell);
    const field = name.endsWith(usdEnd) ? name.slice(0, -usdEnd.length) : name;
    if (value === undefined) fault(`, column ${name}: must be ${column.rule}`);
    else if (Object.hasOwn(fields, field)) fault(`, column ${name}: the amount is there twice`);
    else fields[field] = value;
  }
  for (const oneOf of file.required) {
    if (!oneOf.some((name) => Object.hasOwn(fields, name))) fault(`: ${oneOf.join(' or ')} is missing`);
  }
  return fields;
}
