/** The fields of a channel as people type them, and as the gateway takes them. */
import type { components } from '../../api/schema.ts';

type Channel = components['schemas']['Channel'];
export type Protocol = Channel['protocols'][number];

export const protocols: readonly Protocol[] = ['openai', 'anthropic', 'gemini'];

/** Lists have an entry a line. */
export interface ChannelForm {
  readonly kind: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly protocols: readonly Protocol[];
  readonly keys: string;
  readonly models: string;
  readonly groups: string;
  readonly priority: string;
  readonly weight: string;
  /** A line `model = upstream's model`. */
  readonly mapping: string;
  readonly proxy: string;
}

export const emptyForm: ChannelForm = {
  kind: 'openai',
  name: '',
  baseUrl: '',
  protocols: ['openai'],
  keys: '',
  models: '',
  groups: 'default',
  priority: '0',
  weight: '1',
  mapping: '',
  proxy: '',
};

export function formOf(channel: Channel): ChannelForm {
  return {
    kind: channel.kind,
    name: channel.name,
    baseUrl: channel.base_url,
    protocols: channel.protocols,
    keys: '',
    models: channel.models.join('\n'),
    groups: channel.groups.join('\n'),
    priority: String(channel.priority),
    weight: String(channel.weight),
    mapping: Object.entries(channel.model_mapping)
      .map((pair) => pair.join(' = '))
      .join('\n'),
    proxy: channel.proxy ?? '',
  };
}

/** Entries of a list, in lines or separated by commas; each once. A JSON text (a key file) is one entry. */
export function entriesIn(text: string): string[] {
  if (text.trimStart().startsWith('{')) return [text.trim()];
  const entries = text.split(/[\n,]/).map((entry) => entry.trim());
  return [...new Set(entries.filter((entry) => entry !== ''))];
}

/** @returns undefined when a line is no pair */
export function mappingIn(text: string): Record<string, string> | undefined {
  const pairs = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split('=').map((part) => part.trim()));
  const isWhole = pairs.every((pair) => pair.length === 2 && pair.every((part) => part !== ''));
  return isWhole ? Object.fromEntries(pairs) : undefined;
}

/** What creating and updating have in common. */
export function bodyOf(form: ChannelForm) {
  return {
    name: form.name.trim(),
    base_url: form.baseUrl.trim(),
    models: entriesIn(form.models),
    groups: entriesIn(form.groups),
    priority: Number(form.priority),
    weight: Number(form.weight),
    model_mapping: mappingIn(form.mapping) ?? {},
    proxy: form.proxy.trim() || null,
  };
}

export const isWholeNumber = (text: string): boolean => /^-?\d+$/.test(text.trim());
