/**
 * The kinds of upstream, as data: what a channel of a kind starts with, and how the upstream differs from the plain
 * protocol. Base URLs and differences are those of each provider's own documentation, read in November 2026.
 */
import type { ChannelOptions } from '../../domain/channel-options.ts';
import type { ProtocolName } from '../../domain/protocol-name.ts';
import { demoBaseUrl } from '../dialling.ts';

export interface ChannelKind {
  /** For people. */
  readonly title: string;
  readonly protocols: readonly ProtocolName[];
  /** Undefined = the operator must give one. */
  readonly baseUrl?: string;
  /** The form of a base URL that the operator must give. */
  readonly baseUrlForm?: string;
  /** A channel's own options come before these. */
  readonly options: ChannelOptions;
  /** Whether OpenAI streams may be asked for usage. Default true. */
  readonly streamUsage?: boolean;
  /** Whether it works without a key. */
  readonly needsNoKey?: boolean;
}

/** Servers that know OpenAI's protocol as it was before `developer` messages and `max_completion_tokens`. */
const compatible: ChannelOptions = {
  openai_api: 'chat',
  system_in_middle: 'system',
  output_limit: 'max_tokens',
};
/** Chat templates take a system message only in first place. */
const local: ChannelOptions = { ...compatible, system_in_middle: 'user' };

const kinds = {
  custom: { title: 'Another upstream', protocols: [], options: {} },
  openai: {
    title: 'OpenAI',
    protocols: ['openai'],
    baseUrl: 'https://api.openai.com/v1',
    options: { openai_api: 'both' },
  },
  // Requests name the deployment as their model: by `model_mapping` where it is called otherwise.
  azure: {
    title: 'Azure OpenAI',
    protocols: ['openai'],
    baseUrlForm: 'https://RESOURCE.openai.azure.com/openai/v1',
    options: { openai_api: 'both' },
  },
  anthropic: {
    title: 'Anthropic',
    protocols: ['anthropic'],
    baseUrl: 'https://api.anthropic.com',
    options: {},
  },
  gemini: {
    title: 'Gemini API',
    protocols: ['gemini'],
    baseUrl: 'https://generativelanguage.googleapis.com',
    options: {},
  },
  // Claude in its own protocol, by InvokeModel; other models by the endpoint of OpenAI's protocol.
  bedrock: {
    title: 'Amazon Bedrock',
    protocols: ['anthropic'],
    baseUrlForm: 'https://bedrock-runtime.REGION.amazonaws.com',
    options: { openai_api: 'chat' },
  },
  vertex: {
    title: 'Vertex AI',
    protocols: ['gemini'],
    baseUrlForm: 'https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION',
    options: { openai_api: 'chat' },
  },
  // Its reasoning_details carry signatures of each provider.
  openrouter: {
    title: 'OpenRouter',
    protocols: ['openai'],
    baseUrl: 'https://openrouter.ai/api/v1',
    options: {
      openai_api: 'chat',
      system_in_middle: 'system',
      signatures_of: ['openai', 'anthropic', 'gemini'],
    },
  },
  deepseek: {
    title: 'DeepSeek',
    protocols: ['openai'],
    baseUrl: 'https://api.deepseek.com/v1',
    options: compatible,
  },
  xai: {
    title: 'xAI',
    protocols: ['openai'],
    baseUrl: 'https://api.x.ai/v1',
    options: { openai_api: 'both', system_in_middle: 'system', takes_reasoning: false },
  },
  // Refuses fields that it does not know (422 extra_forbidden), and reports usage in each stream without being asked.
  mistral: {
    title: 'Mistral',
    protocols: ['openai'],
    baseUrl: 'https://api.mistral.ai/v1',
    options: { ...compatible, tool_ids: 'nine', takes_reasoning: false },
    streamUsage: false,
  },
  groq: {
    title: 'Groq',
    protocols: ['openai'],
    baseUrl: 'https://api.groq.com/openai/v1',
    options: { openai_api: 'chat', system_in_middle: 'system', takes_reasoning: false },
  },
  moonshot: {
    title: 'Moonshot',
    protocols: ['openai'],
    baseUrl: 'https://api.moonshot.ai/v1',
    options: compatible,
  },
  zhipu: {
    title: 'Zhipu',
    protocols: ['openai'],
    baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
    options: compatible,
  },
  qwen: {
    title: 'Qwen (Alibaba Model Studio)',
    protocols: ['openai'],
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    options: compatible,
  },
  minimax: {
    title: 'MiniMax',
    protocols: ['openai'],
    baseUrl: 'https://api.minimax.io/v1',
    options: compatible,
  },
  together: {
    title: 'Together AI',
    protocols: ['openai'],
    baseUrl: 'https://api.together.xyz/v1',
    options: compatible,
  },
  fireworks: {
    title: 'Fireworks AI',
    protocols: ['openai'],
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    options: compatible,
  },
  cohere: {
    title: 'Cohere',
    protocols: ['openai'],
    baseUrl: 'https://api.cohere.com/v2',
    options: { ...compatible, rerank_api: 'cohere' },
  },
  jina: {
    title: 'Jina AI',
    protocols: ['openai'],
    baseUrl: 'https://api.jina.ai/v1',
    options: { ...compatible, rerank_api: 'jina' },
  },
  voyage: {
    title: 'Voyage AI',
    protocols: ['openai'],
    baseUrl: 'https://api.voyageai.com/v1',
    options: { ...compatible, rerank_api: 'voyage' },
  },
  ollama: {
    title: 'Ollama',
    protocols: ['openai'],
    baseUrl: 'http://127.0.0.1:11434/v1',
    options: local,
    needsNoKey: true,
  },
  vllm: {
    title: 'vLLM',
    protocols: ['openai'],
    baseUrl: 'http://127.0.0.1:8000/v1',
    options: local,
    needsNoKey: true,
  },
  lmstudio: {
    title: 'LM Studio',
    protocols: ['openai'],
    baseUrl: 'http://127.0.0.1:1234/v1',
    options: local,
    needsNoKey: true,
  },
  cometapi: {
    title: 'CometAPI',
    protocols: ['openai', 'anthropic', 'gemini'],
    baseUrl: 'https://api.cometapi.com',
    options: {},
  },
  newapi: {
    title: 'new-api or one-api',
    protocols: ['openai', 'anthropic', 'gemini'],
    baseUrlForm: 'https://new-api.example.com',
    options: {},
  },
  demo: {
    title: 'The demo upstream of Halley',
    protocols: ['openai', 'anthropic', 'gemini'],
    baseUrl: demoBaseUrl,
    options: {},
    needsNoKey: true,
  },
} as const satisfies Readonly<Record<string, ChannelKind>>;

export type KindName = keyof typeof kinds;

export const channelKinds: Readonly<Record<KindName, ChannelKind>> = kinds;

export const kindNames = Object.keys(kinds) as [KindName, ...KindName[]];

/** A kind that only a newer version of Halley knows is treated as a custom one. */
export function kindOf(name: string): ChannelKind {
  return Object.hasOwn(kinds, name) ? channelKinds[name as KindName] : kinds.custom;
}

/** The options of a channel, with those of its kind. */
export function effectiveOptions(kind: string, own: ChannelOptions): ChannelOptions {
  return { ...kindOf(kind).options, ...own };
}
