/** Management's port to upstreams and their settings. */

import type { ChannelOptions } from '../../domain/channel-options.ts';
import type { Settings } from '../../platform/settings/schema.ts';
import type { ChannelRow } from '../../store/store.ts';
import { checkBaseUrl, readChannelProxy } from '../../upstreams/dialling.ts';
import { checkStyle } from '../../upstreams/kind-styles.ts';
import type { ProxyChoice } from '../../upstreams/proxies.ts';
import type { ChannelRests } from '../../upstreams/registry.ts';
import type { Upstreams } from '../../upstreams/upstreams.ts';

export interface ChannelsPort extends Pick<Upstreams, 'models'> {
  /** Applies changed channels to subsequent requests. */
  reload(): Promise<void>;
  /** What rests of the enabled channels on this node. A channel that is left out of service is missing. */
  rests(): readonly ChannelRests[];
  /** Sends a small real request through the channel. `message` is human-readable; `ms` is the duration. */
  test(
    id: number,
    model?: string,
  ): Promise<{ readonly ok: boolean; readonly ms: number; readonly message: string }>;
  /**
   * The models that the channel's upstream lists.
   * @throws HalleyError('refused') with the problem in plain words
   */
  listModels(id: number): Promise<readonly string[]>;
  /** The same of a channel that is not stored. */
  listModelsOf(row: ChannelRow): Promise<readonly string[]>;
  /** @throws HalleyError('invalid_value') when the gateway may not dial this base URL */
  checkBaseUrl(url: string): void;
  /** @throws HalleyError('invalid_value') for a key, base URL or option that the kind cannot use */
  checkKind(kind: string, baseUrl: string, options: ChannelOptions, keys: readonly string[]): void;
  /** @throws HalleyError('invalid_value') when the text is no proxy, or one that the gateway may not dial */
  readProxy(text: string): ProxyChoice;
}

export function channelsPort(
  upstreams: Pick<ChannelsPort, 'models' | 'rests' | 'reload' | 'test' | 'listModels' | 'listModelsOf'>,
  settings: Settings['upstreams'],
): ChannelsPort {
  return {
    models: (names) => upstreams.models(names),
    reload: () => upstreams.reload(),
    rests: () => upstreams.rests(),
    test: (id, model) => upstreams.test(id, model),
    listModels: (id) => upstreams.listModels(id),
    listModelsOf: (row) => upstreams.listModelsOf(row),
    checkBaseUrl: (url) => checkBaseUrl(url, settings),
    checkKind: (kind, baseUrl, options, keys) => checkStyle(kind, baseUrl, { options, keys, settings }),
    readProxy: (text) => readChannelProxy(text, settings),
  };
}
