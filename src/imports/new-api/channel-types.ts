/**
 * What the channel types of new-api and one-api are here, from public facts on their numbers. Both share the numbers
 * up to 25; later ones differ.
 */

/** What a channel of the type becomes. */
export interface ChannelType {
  readonly kind: string;
  /** Where the kind has no base URL of its own. */
  readonly baseUrl?: string;
  /** What follows the origin of a base URL, which both programs store without it. */
  readonly path: string;
}

const openaiLike = (baseUrl: string, path = '/v1'): ChannelType => ({ kind: 'custom', baseUrl, path });

const shared: Readonly<Record<number, ChannelType>> = {
  1: { kind: 'openai', path: '/v1' },
  3: { kind: 'azure', path: '/openai/v1' },
  6: openaiLike('https://api.openaimax.com'),
  7: openaiLike('https://api.ohmygpt.com'),
  10: openaiLike('https://api.aiproxy.io'),
  12: openaiLike('https://api.api2gpt.com'),
  13: openaiLike('https://api.aigc2d.com'),
  14: { kind: 'anthropic', path: '' },
  17: { kind: 'qwen', path: '/compatible-mode/v1' },
  19: openaiLike('https://api.360.cn'),
  20: { kind: 'openrouter', path: '/v1' },
  24: { kind: 'gemini', path: '' },
  25: { kind: 'moonshot', path: '/v1' },
};

const newApi: Readonly<Record<number, ChannelType>> = {
  4: { kind: 'ollama', path: '/v1' },
  26: { kind: 'zhipu', path: '/api/paas/v4' },
  27: openaiLike('https://api.perplexity.ai', ''),
  31: openaiLike('https://api.lingyiwanwu.com'),
  34: { kind: 'cohere', path: '/v2' },
  35: { kind: 'minimax', path: '/v1' },
  38: { kind: 'jina', path: '/v1' },
  40: openaiLike('https://api.siliconflow.cn'),
  42: { kind: 'mistral', path: '/v1' },
  43: { kind: 'deepseek', path: '/v1' },
  45: openaiLike('https://ark.cn-beijing.volces.com', '/api/v3'),
  46: openaiLike('https://qianfan.baidubce.com', '/v2'),
  47: openaiLike('http://127.0.0.1:9997'),
  48: { kind: 'xai', path: '/v1' },
  55: { kind: 'openai', path: '/v1' },
};

const oneApi: Readonly<Record<number, ChannelType>> = {
  27: { kind: 'minimax', path: '/v1' },
  28: { kind: 'mistral', path: '/v1' },
  29: { kind: 'groq', path: '/openai/v1' },
  30: { kind: 'ollama', path: '/v1' },
  31: openaiLike('https://api.lingyiwanwu.com'),
  32: openaiLike('https://api.stepfun.com'),
  35: { kind: 'cohere', path: '/v2' },
  36: { kind: 'deepseek', path: '/v1' },
  39: { kind: 'together', path: '/v1' },
  40: openaiLike('https://ark.cn-beijing.volces.com', '/api/v3'),
  41: openaiLike('https://api.novita.ai/v3/openai', ''),
  44: openaiLike('https://api.siliconflow.cn'),
  45: { kind: 'xai', path: '/v1' },
  50: openaiLike(''),
};

/** @returns undefined for a type that has to be set up by hand */
export function channelType(program: 'new-api' | 'one-api', type: number): ChannelType | undefined {
  return shared[type] ?? (program === 'new-api' ? newApi : oneApi)[type];
}
