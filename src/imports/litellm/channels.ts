/**
 * Channels from the models of LiteLLM. `LiteLLM_ProxyModelTable` has the names that clients use; what they stand for is
 * encrypted there, and is taken from the daily sums of usage, which also have the models of its configuration file. No
 * key of an upstream goes over.
 */
import { limits } from '../../platform/limits.ts';
import { record, type SourceRow, text } from '../cells.ts';
import type { ChannelItem, ImportNotes } from '../plan.ts';
import type { ImportSource } from '../source.ts';

/** Kinds of channels that need nothing but a key, by the providers' names in LiteLLM. */
const kinds: Readonly<Record<string, string>> = {
  openai: 'openai',
  'text-completion-openai': 'openai',
  anthropic: 'anthropic',
  gemini: 'gemini',
  openrouter: 'openrouter',
  deepseek: 'deepseek',
  xai: 'xai',
  mistral: 'mistral',
  groq: 'groq',
  moonshot: 'moonshot',
  zai: 'zhipu',
  dashscope: 'qwen',
  minimax: 'minimax',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  cohere: 'cohere',
  cohere_chat: 'cohere',
  jina_ai: 'jina',
  voyage: 'voyage',
  ollama: 'ollama',
  ollama_chat: 'ollama',
  lm_studio: 'lmstudio',
  cometapi: 'cometapi',
};

interface Served {
  readonly provider: string;
  /** The upstream's name for the model, without the provider. */
  readonly model: string;
}

/** A disabled channel for each provider, to which the operator adds a key. */
export async function channelItems(
  source: ImportSource,
  notes: ImportNotes,
): Promise<readonly ChannelItem[]> {
  const rows = await source.rows('LiteLLM_ProxyModelTable', 'model_id');
  const served = await servedModels(source, rows);
  for (const name of new Set(rows.map(({ model_name }) => text(model_name)))) {
    if (!served.has(name)) {
      notes.add(
        'left',
        'A model does not go over: its parameters are encrypted, and no usage names its provider.',
        name,
      );
    }
  }
  const channels = new Map<string, Map<string, string>>();
  for (const [name, { provider, model }] of served) {
    const kind = kinds[provider];
    if (kind === undefined) {
      notes.add(
        'left',
        'A model of a provider whose channel has to be set up by hand does not go over.',
        `${name} (${provider})`,
      );
      continue;
    }
    const models = channels.get(kind) ?? new Map<string, string>();
    if (models.size < limits.channel_list_max) models.set(name, model);
    channels.set(kind, models);
  }
  return [...channels].map(([kind, models]) => channelItem(kind, models, notes));
}

function channelItem(kind: string, models: ReadonlyMap<string, string>, notes: ImportNotes): ChannelItem {
  const name = `LiteLLM ${kind}`;
  notes.add(
    'changed',
    'A channel goes over disabled and without keys: add its key, look at its models, enable it.',
    name,
  );
  const renamed = [...models].filter(([from, to]) => from !== to);
  return {
    name,
    kind,
    models: [...models.keys()],
    ...(renamed.length > 0 && { model_mapping: Object.fromEntries(renamed) }),
    status: 2,
  };
}

async function servedModels(
  source: ImportSource,
  rows: readonly SourceRow[],
): Promise<ReadonlyMap<string, Served>> {
  const served = new Map<string, Served>();
  const add = (name: string, provider: string, model: string) => {
    if (name === '' || name.includes('*') || provider === '' || model === '' || served.has(name)) return;
    const start = `${provider}/`;
    served.set(name, { provider, model: model.startsWith(start) ? model.slice(start.length) : model });
  };
  for (const row of rows) {
    // Older versions did not encrypt it.
    const [, provider = '', model = ''] =
      /^([a-z_-]+)\/(.+)$/.exec(text(record(row.litellm_params)?.model)) ?? [];
    if (kinds[provider] !== undefined) add(text(row.model_name), provider, model);
  }
  const columns = ['model_group', 'custom_llm_provider', 'model'];
  for (const row of await source.distinct('LiteLLM_DailyUserSpend', columns)) {
    add(text(row.model_group), text(row.custom_llm_provider), text(row.model));
  }
  return served;
}
