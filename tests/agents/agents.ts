/** The coding agents from npm that are tested, and the models that each is tested with. */

export interface Agent {
  /** The heading of its section in docs/guides/coding-agents.md. */
  readonly title: string;
  readonly package: string;
  readonly version: string;
  /** Turns off what would call elsewhere: telemetry, updates, lists of models. `SDK` is opencode's. */
  readonly env: Readonly<Record<string, string>>;
  readonly models: readonly ModelName[];
}

/** A model for each protocol of upstreams, with what its channel is. */
export const models = {
  'gpt-4.1': { name: 'OpenAI chat', protocol: 'openai', options: { openai_api: 'chat' } },
  'gpt-5.7': { name: 'OpenAI Responses', protocol: 'openai', options: { openai_api: 'responses' } },
  'claude-opus-4-8': { name: 'Anthropic', protocol: 'anthropic', options: {} },
  'gemini-3-pro': { name: 'Gemini', protocol: 'gemini', options: {} },
} as const;
export type ModelName = keyof typeof models;

/** One SDK of opencode: each speaks another protocol. */
const opencodeWith = (sdk: string): Agent => ({
  title: 'opencode',
  package: 'opencode-ai',
  version: '1.18.33',
  env: {
    SDK: sdk,
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  },
  models: ['gpt-4.1', 'gpt-5.7', 'claude-opus-4-8', 'gemini-3-pro'],
});

export const agents: readonly Agent[] = [
  {
    title: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.332',
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    models: ['gpt-4.1', 'gpt-5.7', 'gemini-3-pro'],
  },
  {
    title: 'Codex',
    package: '@openai/codex',
    version: '0.171.0',
    env: { RUST_LOG: 'error' },
    models: ['claude-opus-4-8', 'gemini-3-pro', 'gpt-4.1'],
  },
  {
    title: 'Gemini CLI',
    package: '@google/gemini-cli',
    version: '0.61.0',
    env: { GEMINI_TELEMETRY_ENABLED: 'false' },
    models: ['gpt-4.1', 'gpt-5.7', 'claude-opus-4-8'],
  },
  opencodeWith('@ai-sdk/openai-compatible'),
  opencodeWith('@ai-sdk/openai'),
  opencodeWith('@ai-sdk/anthropic'),
];
