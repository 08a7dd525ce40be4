/** Reads what `halley export` writes: an object with a `type` on each line. */
import { existsSync, readFileSync } from 'node:fs';
import { quoted } from '../../domain/text-rules.ts';
import { HalleyError } from '../../platform/errors.ts';
import {
  type AccountItem,
  type ChannelItem,
  ImportNotes,
  type ImportPlan,
  type KeyItem,
  type MultiplierItem,
  type PriceItem,
} from '../plan.ts';

interface Lines {
  readonly account: AccountItem[];
  readonly key: KeyItem[];
  readonly channel: (ChannelItem & { readonly has_keys?: boolean })[];
  readonly price: PriceItem[];
  readonly multiplier: MultiplierItem[];
}

/** The gateway checks the other fields. */
const required: Readonly<Record<keyof Lines, readonly string[]>> = {
  account: ['username'],
  key: ['username'],
  channel: ['name'],
  price: ['id'],
  multiplier: ['group', 'multiplier'],
};

const faultsShown = 20;

const notWhole =
  'The last line is not the end of an export ({"type":"end","lines":…}): the export failed, or something was cut off. Export again.';

/** @returns how many lines it says an export has; undefined = it is another line */
function endOf(line: string): unknown {
  if (!line.includes('"end"')) return undefined;
  try {
    const { type, lines } = JSON.parse(line) as { readonly type?: unknown; readonly lines?: unknown };
    return type === 'end' ? (lines ?? null) : undefined;
  } catch {
    return undefined;
  }
}

const faultOfEnd = (said: unknown, lines: number): string | undefined =>
  said === lines
    ? undefined
    : `ends an export of ${quoted(String(said))} lines, of which ${lines} are here: export again`;

/**
 * @throws HalleyError('invalid_value') naming the lines at fault
 */
export function readExport(path: string): ImportPlan {
  if (!existsSync(path)) throw new HalleyError('invalid_value', { message: `There is nothing at ${path}.` });
  const lines: Lines = { account: [], key: [], channel: [], price: [], multiplier: [] };
  const faults: string[] = [];
  /** Lines since the last that ends an export: a file may be several of them. */
  let open = 0;
  let ends = 0;
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    const end = endOf(line);
    const fault = end === undefined ? addLine(lines, line) : faultOfEnd(end, open);
    if (fault) faults.push(`Line ${index + 1} ${fault}.`);
    open = end === undefined ? open + 1 : 0;
    if (end !== undefined) ends += 1;
  }
  if (faults.length === 0 && (open > 0 || ends === 0)) faults.push(notWhole);
  if (faults.length > 0) {
    throw new HalleyError('invalid_value', { message: faults.slice(0, faultsShown).join('\n') });
  }
  return planOf(lines);
}

/** @returns what is wrong with it */
function addLine(lines: Lines, line: string): string | undefined {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return 'is no JSON';
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return 'is no object';
  const fields = read as Readonly<Record<string, unknown>>;
  const type = String(fields.type);
  if (!Object.hasOwn(required, type))
    return `has the type ${quoted(type)}, which is none of ${Object.keys(required).join(', ')}`;
  const missing = required[type as keyof Lines].find((name) => typeof fields[name] !== 'string');
  if (missing) return `has no text in ${missing}`;
  lines[type as keyof Lines].push(fields as never);
  return undefined;
}

/** An export lists the newest first, but deleted keys the oldest first. */
function planOf({ account, key, channel, price, multiplier }: Lines): ImportPlan {
  const notes = new ImportNotes();
  const keys = key.map((item) => withoutOverdraft(item, notes));
  return {
    accounts: account.toReversed(),
    keys: [...keys.filter(({ deleted }) => !deleted).toReversed(), ...keys.filter(({ deleted }) => deleted)],
    channels: channel.toReversed().map((item) => channelItem(item, notes)),
    prices: price.map(withoutType),
    multipliers: multiplier.map(withoutType),
    notes: notes.list(),
  };
}

const withoutType = <Item extends object>({ type: _, ...rest }: Item & { readonly type?: unknown }): Item =>
  rest as unknown as Item;

function withoutOverdraft(item: KeyItem, notes: ImportNotes): KeyItem {
  if (item.unlimited_quota || (item.remain_quota ?? 0) >= 0) return item;
  notes.add('changed', 'A key that is overdrawn goes over with nothing left.', item.name);
  return { ...item, remain_quota: 0 };
}

function channelItem(line: Lines['channel'][number], notes: ImportNotes): ChannelItem {
  const { has_keys, ...item } = withoutType(line);
  if (!has_keys || item.keys) return item;
  notes.add(
    'changed',
    'A channel whose keys are not in the file goes over disabled: add them, then enable it.',
    item.name,
  );
  return { ...item, status: 2 };
}
