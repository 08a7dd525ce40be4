/** Who and what the demo data is about: accounts, their keys, channels. */
import type { KeyFields } from '../../src/domain/key.ts';
import { type Role, roles } from '../../src/store/store.ts';

/** What a key does all day. */
export interface KeyPlan {
  readonly name: string;
  /** Requests on a working day; 0 = it was never used. */
  readonly perDay: number;
  readonly models: readonly string[];
  /** First and last day of use, counted back from today. */
  readonly days?: readonly [from: number, to: number];
  /** Median tokens in and out. */
  readonly tokens?: readonly [input: number, output: number];
  /** Share of its requests that fail. */
  readonly errors?: number;
  /** Share of its monthly budget that is spent today. */
  readonly budgetSpent?: number;
  /** Share of its quota that is spent today; undefined = it is unlimited. */
  readonly quotaSpent?: number;
  /** Days from today until it expires; negative = it has. */
  readonly expiresIn?: number;
  readonly fields?: Partial<KeyFields>;
}

export interface AccountPlan {
  readonly username: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: Role;
  readonly group: string;
  readonly disabled?: boolean;
  /** Top-ups in USD with their reasons; without any its quota is unlimited. */
  readonly topups?: readonly (readonly [usd: number, reason: string])[];
  readonly keys: readonly KeyPlan[];
}

const coding = ['claude-sonnet-4-6', 'claude-opus-4-6', 'claude-haiku-4-5'];
const chat = ['gpt-5.4-mini', 'gpt-5.4', 'gemini-2.5-flash'];
const cheap = ['gpt-5-nano', 'gemini-2.5-flash'];
const embedding = ['text-embedding-3-small'];

const limitedTo = (...models: readonly string[]): Partial<KeyFields> => ({
  modelLimitsEnabled: true,
  modelLimits: models.join(','),
});

const rootKeys: readonly KeyPlan[] = [
  { name: 'console-smoke-test', perDay: 4, models: ['demo-chat'] },
  { name: 'status-page probe', perDay: 24, models: cheap, tokens: [40, 12] },
  { name: 'restore drill 2026-Q3', perDay: 0, models: cheap, fields: { state: 'disabled' } },
];

const anaKeys: readonly KeyPlan[] = [
  { name: 'claude-code: ana-thinkpad', perDay: 26, models: coding, tokens: [22_000, 900], budgetSpent: 0.93 },
  { name: 'claude-code: ana-studio', perDay: 9, models: coding, tokens: [18_000, 800] },
  { name: 'codex-cli', perDay: 6, models: ['gpt-5.3-codex', 'gpt-5.4'], tokens: [12_000, 700] },
  { name: 'evaluation nightly', perDay: 8, models: chat, errors: 0.08, fields: limitedTo(...chat) },
  { name: 'evaluation nightly (old runner)', perDay: 6, models: chat, days: [89, 61], expiresIn: -58 },
  { name: 'grafana-annotations', perDay: 1, models: cheap, tokens: [900, 60] },
  { name: 'workshop 14 Oct', perDay: 12, models: cheap, days: [46, 45], quotaSpent: 1, expiresIn: -44 },
];

const productKeys: readonly KeyPlan[] = [
  { name: 'production / assistant', perDay: 34, models: chat, tokens: [2600, 420], budgetSpent: 0.71 },
  {
    name: 'production / search',
    perDay: 30,
    models: embedding,
    tokens: [480, 0],
    fields: limitedTo(...embedding),
  },
  { name: 'production / moderation', perDay: 22, models: cheap, tokens: [350, 20], errors: 0.02 },
  {
    name: 'production / summaries',
    perDay: 12,
    models: ['gpt-5.4-mini'],
    tokens: [9000, 600],
    budgetSpent: 1.01,
  },
  { name: 'staging / assistant', perDay: 5, models: chat, quotaSpent: 0.88 },
  { name: 'staging / search', perDay: 3, models: embedding, tokens: [480, 0] },
  {
    name: 'load-test',
    perDay: 40,
    models: cheap,
    days: [33, 31],
    errors: 0.3,
    fields: { requestsPerMinute: 600, concurrentRequests: 50 },
  },
  { name: 'preview-deployments', perDay: 4, models: cheap, quotaSpent: 1 },
  {
    name: 'batch: catalogue descriptions in nine languages, from the warehouse job',
    perDay: 5,
    models: ['gpt-5.4-mini'],
  },
];

const wenKeys: readonly KeyPlan[] = [
  {
    name: '客服机器人 · 生产',
    perDay: 28,
    models: ['deepseek-chat', 'gpt-5.4-mini'],
    tokens: [6000, 700],
    budgetSpent: 0.87,
  },
  { name: '客服机器人 · 测试', perDay: 4, models: ['deepseek-chat'], quotaSpent: 0.6 },
  { name: '文档翻译', perDay: 7, models: ['deepseek-chat', 'gemini-2.5-flash'], tokens: [5200, 4800] },
  { name: '知识库向量化', perDay: 9, models: embedding, tokens: [520, 0] },
  { name: '实习生 · 临时', perDay: 3, models: cheap, days: [70, 52], quotaSpent: 0.2, expiresIn: 12 },
];

const benKeys: readonly KeyPlan[] = [
  { name: 'cursor', perDay: 15, models: coding, tokens: [9000, 500], quotaSpent: 0.97 },
  { name: 'raycast', perDay: 6, models: cheap, tokens: [300, 180] },
  { name: 'n8n', perDay: 5, models: cheap, errors: 0.05, fields: { allowIps: '10.20.0.0/16\n192.0.2.17' } },
  { name: 'obsidian', perDay: 1, models: ['gpt-5.4-mini'], days: [89, 40] },
  { name: 'home-assistant', perDay: 2, models: ['gemini-2.5-flash'], days: [89, 89] },
  { name: 'try-out', perDay: 0, models: cheap },
  { name: 'ipad', perDay: 2, models: chat, expiresIn: 3 },
];

const roboticsKeys: readonly KeyPlan[] = [
  { name: 'vision-pipeline', perDay: 11, models: ['gemini-2.5-flash'], tokens: [3100, 150] },
  { name: 'planner', perDay: 7, models: ['claude-sonnet-4-6'], tokens: [4200, 1100], budgetSpent: 0.42 },
  { name: 'planner-canary', perDay: 2, models: ['claude-sonnet-4-6'], errors: 0.18 },
  { name: 'telemetry-labels', perDay: 4, models: cheap },
  { name: 'arm-07', perDay: 0, models: cheap, expiresIn: 300 },
  { name: 'field trial (Oslo)', perDay: 3, models: chat, days: [60, 22], fields: { state: 'disabled' } },
];

const formerKeys: readonly KeyPlan[] = [
  { name: 'notebook', perDay: 7, models: chat, days: [85, 38] },
  { name: 'thesis-scraper', perDay: 14, models: cheap, days: [80, 38], errors: 0.12 },
  { name: 'scratch', perDay: 0, models: cheap },
];

export const accountPlans: readonly AccountPlan[] = [
  { username: 'root', displayName: 'Root', email: '', role: roles.root, group: 'default', keys: rootKeys },
  {
    username: 'ana',
    displayName: 'Ana Ferreira',
    email: 'ana@example.com',
    role: roles.admin,
    group: 'default',
    keys: anaKeys,
  },
  {
    username: 'product',
    displayName: 'Product team',
    email: 'product@example.com',
    role: roles.user,
    group: 'production',
    topups: [
      [400, 'Budget of the third quarter, PO-4411'],
      [400, 'Budget of the fourth quarter, PO-4630'],
    ],
    keys: productKeys,
  },
  {
    username: 'wen',
    displayName: '陈雯',
    email: 'wen@example.com',
    role: roles.user,
    group: 'default',
    topups: [
      [100, '第三季度预算'],
      [150, '第四季度预算'],
    ],
    keys: wenKeys,
  },
  {
    username: 'ben',
    displayName: 'Ben Okafor',
    email: 'ben@example.com',
    role: roles.user,
    group: 'default',
    topups: [[120, 'Yearly allowance']],
    keys: benKeys,
  },
  {
    username: 'robotics',
    displayName: 'Robotics lab',
    email: 'robotics@example.com',
    role: roles.user,
    group: 'research',
    topups: [[250, 'Grant 2026-118']],
    keys: roboticsKeys,
  },
  {
    username: 'jonas',
    displayName: 'Jonas (left in October)',
    email: 'jonas@example.com',
    role: roles.user,
    group: 'research',
    disabled: true,
    topups: [[50, 'Thesis']],
    keys: formerKeys,
  },
];

export interface ChannelPlan {
  readonly name: string;
  readonly kind: 'openai' | 'anthropic' | 'gemini' | 'deepseek';
  readonly models: readonly string[];
  readonly groups: readonly string[];
  readonly priority: number;
  readonly weight: number;
  readonly disabled?: boolean;
}

const everyone = ['default', 'production', 'research'];
const openAiModels = ['gpt-5.4', 'gpt-5.4-mini', 'gpt-5.3-codex', 'gpt-5-nano', 'text-embedding-3-small'];

/** Besides the built-in demo channel. Their upstream keys open nothing. */
export const channelPlans: readonly ChannelPlan[] = [
  { name: 'openai-eu', kind: 'openai', models: openAiModels, groups: everyone, priority: 10, weight: 3 },
  {
    name: 'openai-us (overflow)',
    kind: 'openai',
    models: openAiModels,
    groups: ['production'],
    priority: 0,
    weight: 1,
  },
  { name: 'anthropic', kind: 'anthropic', models: coding, groups: everyone, priority: 10, weight: 1 },
  { name: 'gemini', kind: 'gemini', models: ['gemini-2.5-flash'], groups: everyone, priority: 10, weight: 1 },
  {
    name: 'deepseek',
    kind: 'deepseek',
    models: ['deepseek-chat'],
    groups: ['default'],
    priority: 5,
    weight: 1,
  },
  {
    name: 'openai (old organisation)',
    kind: 'openai',
    models: ['gpt-5.4'],
    groups: ['default'],
    priority: 0,
    weight: 0,
    disabled: true,
  },
];
