/**
 * Translates between requests for reasoning and `thinkingConfig`. Which efforts are which budgets is from Google's own
 * table for OpenAI clients (ai.google.dev/gemini-api/docs/openai, thinking). Pure.
 */
import type { JsonObject } from '../../protocol.ts';
import type { Effort, ReasoningRequest } from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import type { Thinking, ThinkingLevel } from './models.ts';
import { booleanMember, member, numberMember, objectMember } from './spelling.ts';

type Budgeted = Extract<Thinking, { by: 'budget' }>;
type Levelled = Extract<Thinking, { by: 'level' }>;

const budgetOf: Readonly<Record<Exclude<Effort, 'none' | 'xhigh' | 'max'>, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
};

const ascending: readonly ThinkingLevel[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
const levelOf: Readonly<Record<Effort, ThinkingLevel>> = {
  none: 'MINIMAL',
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
};
const effortOf: ReadonlyMap<string, Effort> = new Map([
  ['MINIMAL', 'minimal'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
]);

/** Neither a level nor a budget; -1 = as much as the model wants, which is the default. */
function effortOfBudget(budget: number): Effort | undefined {
  if (budget < 0) return undefined;
  if (budget === 0) return 'none';
  if (budget <= budgetOf.low) return 'low';
  return budget <= budgetOf.medium ? 'medium' : 'high';
}

export function readThinking(config: JsonObject | undefined): ReasoningRequest | undefined {
  const path = 'generationConfig.thinkingConfig.';
  const thinking = objectMember(config, 'thinkingConfig', 'generationConfig.');
  if (!thinking) return undefined;
  const level = member(thinking, 'thinkingLevel');
  const request: ReasoningRequest = {
    effort: typeof level === 'string' ? effortOf.get(level.toUpperCase()) : undefined,
    budgetTokens: numberMember(thinking, 'thinkingBudget', path),
    isShown: booleanMember(thinking, 'includeThoughts', path),
  };
  const says = [request.effort, request.budgetTokens, request.isShown].some((value) => value !== undefined);
  return says ? request : undefined;
}

/** @returns `thinkingConfig`; undefined = leave it out */
export function writeThinking(
  request: ReasoningRequest | undefined,
  thinking: Thinking,
  losses: Losses,
): JsonObject | undefined {
  if (!request) return undefined;
  if (thinking.by === 'none') {
    if (asks(request)) losses.drop('reasoning');
    return undefined;
  }
  const amount =
    thinking.by === 'level' ? level(request, thinking, losses) : budget(request, thinking, losses);
  const config = defined({ ...amount, includeThoughts: request.isShown });
  return Object.keys(config).length === 0 ? undefined : config;
}

function asks({ effort, budgetTokens, isShown }: ReasoningRequest): boolean {
  if (effort === 'none' || budgetTokens === 0) return false;
  return effort !== undefined || budgetTokens !== undefined || isShown === true;
}

function level({ effort, budgetTokens }: ReasoningRequest, { levels }: Levelled, losses: Losses) {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  if (wanted === undefined) return {};
  const least = ascending.indexOf(levelOf[wanted]);
  const thinkingLevel = levels.find((each) => ascending.indexOf(each) >= least) ?? levels.at(-1);
  if (thinkingLevel === undefined || effortOf.get(thinkingLevel) !== wanted) losses.drop('reasoning');
  return { thinkingLevel };
}

function budget({ effort, budgetTokens }: ReasoningRequest, family: Budgeted, losses: Losses) {
  const wanted = budgetTokens ?? (effort && budgetFor(effort, family));
  if (wanted === undefined) return {};
  const isFree = wanted === -1 || (wanted === 0 && family.canBeOff);
  const thinkingBudget = isFree ? wanted : Math.min(Math.max(wanted, family.min), family.max);
  if (thinkingBudget !== wanted) losses.drop('reasoning');
  return { thinkingBudget };
}

function budgetFor(effort: Effort, { max }: Budgeted): number {
  if (effort === 'none') return 0;
  return effort === 'xhigh' || effort === 'max' ? max : budgetOf[effort];
}
