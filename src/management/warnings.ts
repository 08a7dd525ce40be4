/**
 * Detects values that are valid but probably unintended, for the `warnings` of a response. Clients of the compatible
 * API do not look at it.
 */
import { autoGroup, groupsOfAccount } from '../domain/groups.ts';
import type { KeyRow } from '../domain/key.ts';
import { parseModelList } from '../domain/model-list.ts';
import { quoted } from '../domain/text-rules.ts';
import type { AccountRow, ChannelRow } from '../store/store.ts';
import { demoBaseUrl } from '../upstreams/dialling.ts';
import { kindOf } from '../upstreams/kinds/kinds.ts';
import type { Services } from './services.ts';

/** Fields that the request named. Warnings about other fields would be repeated with every change. */
export type Named = Readonly<Record<string, unknown>>;

const namedMax = 5;

function listed(models: readonly string[]): string {
  const more = models.length - namedMax;
  return models.slice(0, namedMax).map(quoted).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function keyWarnings(services: Services, account: AccountRow, key: KeyRow, named: Named): string[] {
  const warnings: string[] = [];
  if (key.name === '' && ('name' in named || named.id === undefined)) {
    warnings.push('The key has no name. Lists and logs cannot distinguish it from others without a name.');
  }
  if (
    named.id !== undefined &&
    !['group', 'model_limits', 'model_limits_enabled'].some((field) => field in named)
  )
    return warnings;
  const { selectable } = services.settings.groups;
  const own = key.group === '' ? account.group : key.group;
  const groups = own === autoGroup ? groupsOfAccount(account.group, selectable) : [own];
  const offered = new Set(services.channels.models(groups).map(({ id }) => id));
  if (offered.size === 0) {
    warnings.push(`No channel serves the group ${quoted(own)}. The key can use no model until one does.`);
  } else if (key.modelLimitsEnabled) {
    const missing = [...parseModelList(key.modelLimits).models].filter((model) => !offered.has(model));
    if (missing.length > 0) {
      warnings.push(`No channel of the group ${quoted(own)} offers ${listed(missing)}. Check the ids.`);
    }
  }
  return warnings;
}

export function channelWarnings(services: Services, channel: ChannelRow, named: Named): string[] {
  const warnings: string[] = [];
  const needsKey = channel.baseUrl !== demoBaseUrl && kindOf(channel.kind).needsNoKey !== true;
  if (!channel.sealedKeys && needsKey && ('keys' in named || named.id === undefined)) {
    warnings.push('The channel has no upstream key, which most upstreams require.');
  }
  if (channel.baseUrl !== demoBaseUrl && 'models' in named) {
    const unpriced = channel.models.filter((model) => !services.prices.find(model));
    if (unpriced.length > 0) {
      const happens =
        services.settings.ledger.unpriced === 'free'
          ? 'Their use is not charged'
          : 'Requests for them are refused';
      warnings.push(`There is no price for ${listed(unpriced)}. ${happens} until one is set.`);
    }
  }
  const strangers = Object.keys(channel.modelMapping).filter((model) => !channel.models.includes(model));
  if (strangers.length > 0 && ('model_mapping' in named || 'models' in named)) {
    warnings.push(`The mapping names ${listed(strangers)}, which the channel does not offer.`);
  }
  return warnings;
}
