/**
 * Channels of new-api and one-api, from public facts on their table `channels`: models and groups are lists with commas,
 * several keys stand on a line each or in a JSON array, base URLs have no version.
 */
import { limits } from '../../platform/limits.ts';
import { isGiven, list, number, record, type SourceRow, text } from '../cells.ts';
import type { ChannelItem, ImportNotes } from '../plan.ts';
import { type ChannelType, channelType } from './channel-types.ts';

const enabled = 1;

/** Columns without a counterpart here. */
const leftColumns = {
  param_override: 'A channel overrides fields of requests: this does not go over.',
  status_code_mapping: 'A channel maps status codes: this does not go over.',
  system_prompt: 'A channel adds a system prompt: this does not go over.',
} as const;

/** @param taken names of the channels before it */
export function channelItem(
  program: 'new-api' | 'one-api',
  row: SourceRow,
  taken: ReadonlySet<string>,
  notes: ImportNotes,
): ChannelItem | undefined {
  const name = nameOf(row, taken);
  const type = channelType(program, number(row.type));
  if (!type) {
    notes.add(
      'left',
      'A channel of a type that has to be set up by hand does not go over.',
      `${name} (type ${text(row.type)})`,
    );
    return undefined;
  }
  const models = list(row.models, ',');
  if (models.length === 0) {
    notes.add('left', 'A channel without models does not go over.', name);
    return undefined;
  }
  for (const [column, sentence] of Object.entries(leftColumns)) {
    if (isGiven(row[column]) && text(row[column]) !== '{}') notes.add('left', sentence, name);
  }
  const baseUrl = baseUrlOf(row, type);
  if (baseUrl === undefined && (type.kind === 'azure' || type.kind === 'custom')) {
    notes.add('left', 'A channel without a base URL does not go over.', name);
    return undefined;
  }
  if (number(row.weight) === 0 && isGiven(row.weight)) {
    notes.add('changed', 'A channel of weight 0 gets weight 1: here 0 means that the others go first.', name);
  }
  return {
    name,
    kind: type.kind,
    ...(type.kind === 'custom' && { protocols: ['openai'] }),
    ...(baseUrl !== undefined && { base_url: baseUrl }),
    keys: keysOf(row, name, notes),
    models: models.slice(0, limits.channel_list_max),
    ...mappingOf(row),
    groups: list(row.group, ',').length > 0 ? list(row.group, ',') : ['default'],
    priority: number(row.priority),
    weight: Math.max(1, number(row.weight)),
    ...headersOf(row),
    ...proxyOf(row, name, notes),
    status: number(row.status, enabled) === enabled ? 1 : 2,
  };
}

function nameOf(row: SourceRow, taken: ReadonlySet<string>): string {
  const given = text(row.name).trim() || `channel ${text(row.id)}`;
  const short = given.slice(0, limits.channel_name_chars_max);
  if (!taken.has(short)) return short;
  const end = ` #${text(row.id)}`;
  return given.slice(0, limits.channel_name_chars_max - end.length) + end;
}

/** @returns undefined = that of the kind, if it has one */
function baseUrlOf(row: SourceRow, { baseUrl = '', path }: ChannelType): string | undefined {
  const url = withoutSlashes(text(row.base_url).trim() || baseUrl);
  if (url === '') return undefined;
  return url.endsWith(path) ? url : url + path;
}

/** Not by `/\/+$/`, whose time grows with the square of the slashes in the middle. */
function withoutSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}

/** The keys that the channel uses: in new-api single ones can be disabled. */
function keysOf(row: SourceRow, name: string, notes: ImportNotes): readonly string[] {
  const given = text(row.key).trim();
  const all = given.startsWith('[') ? jsonKeys(given) : list(given, '\n');
  const info = record(row.channel_info);
  const states = record(info?.multi_key_status_list) ?? {};
  const kept = all.filter((_, at) => number(states[String(at)], enabled) === enabled);
  if (kept.length < all.length) {
    notes.add(
      'left',
      'A disabled key of a channel with several keys does not go over.',
      name,
      all.length - kept.length,
    );
  }
  return kept;
}

function jsonKeys(given: string): readonly string[] {
  try {
    const read: unknown = JSON.parse(given);
    return Array.isArray(read)
      ? read.map((key) => (typeof key === 'string' ? key : JSON.stringify(key)))
      : [];
  } catch {
    return list(given, '\n');
  }
}

function mappingOf(row: SourceRow): Pick<ChannelItem, 'model_mapping'> {
  const entries = Object.entries(record(row.model_mapping) ?? {}).map(
    ([from, to]) => [from, text(to)] as const,
  );
  return entries.length === 0 ? {} : { model_mapping: Object.fromEntries(entries) };
}

function headersOf(row: SourceRow): Pick<ChannelItem, 'extra_headers'> {
  const headers = Object.entries(record(row.header_override) ?? {}).map(([name, value]) => [
    name,
    text(value),
  ]);
  const organization = text(row.open_ai_organization ?? row.openai_organization);
  const all = [...headers, ...(organization === '' ? [] : [['OpenAI-Organization', organization]])];
  return all.length === 0 ? {} : { extra_headers: Object.fromEntries(all) };
}

function proxyOf(row: SourceRow, name: string, notes: ImportNotes): Pick<ChannelItem, 'proxy'> {
  const proxy = text(record(row.setting)?.proxy);
  if (proxy === '') return {};
  if (/^http:\/\//.test(proxy)) return { proxy };
  notes.add('left', 'A proxy that is not http:// does not go over.', name);
  return {};
}
