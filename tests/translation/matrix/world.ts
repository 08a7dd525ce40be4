/** One gateway with a channel for each mock provider. */
import type { ChannelOptions } from '../../../src/domain/channel-options.ts';
import type { FormName } from '../../../src/protocols/translate/form/request.ts';
import type { FakeUpstream } from '../../support/fake-upstream.ts';
import { type Gateway, type GatewayOptions, startGateway, type TestKey } from '../../support/gateway.ts';
import { startMocks } from '../mocks/upstream.ts';

export interface World {
  readonly upstream: FakeUpstream;
  readonly gateway: Gateway;
  readonly key: TestKey;
  stop(): Promise<void>;
  /** Without waiting for requests that run. */
  kill(): Promise<void>;
}

interface Channel {
  readonly protocol: 'openai' | 'anthropic' | 'gemini';
  readonly model: string;
  /** Models that think, of each family with ways of its own. */
  readonly thinking: readonly [string, ...string[]];
  readonly options?: ChannelOptions;
}

export const channels: Readonly<Record<FormName, Channel>> = {
  chat: {
    protocol: 'openai',
    model: 'gpt-4.1',
    thinking: ['deepseek-reasoner'],
    options: { openai_api: 'chat' },
  },
  responses: {
    protocol: 'openai',
    model: 'gpt-5.7',
    thinking: ['gpt-5.7'],
    options: { openai_api: 'responses' },
  },
  messages: {
    protocol: 'anthropic',
    model: 'claude-opus-4-8',
    thinking: ['claude-opus-4-8', 'claude-haiku-4-5'],
  },
  gemini: {
    protocol: 'gemini',
    model: 'gemini-3-pro-preview',
    thinking: ['gemini-3-pro-preview', 'gemini-2.5-flash'],
  },
};

/** @param entry as of `GatewayOptions` */
export async function startWorld({ entry }: Pick<GatewayOptions, 'entry'> = {}): Promise<World> {
  const upstream = await startMocks();
  const gateway = await startGateway(entry === undefined ? {} : { entry });
  for (const [name, { protocol, model, thinking, options = {} }] of Object.entries(channels)) {
    const models = [...new Set([model, ...thinking])];
    await gateway.createChannel(upstream.origin, { name, protocols: [protocol], models, options });
  }
  return {
    upstream,
    gateway,
    key: await gateway.createKey(),
    async stop() {
      await gateway.stop();
      await upstream.close();
    },
    async kill() {
      await gateway.kill();
      await upstream.close();
    },
  };
}
