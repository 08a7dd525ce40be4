/** How a model is asked to think: effort and budget by the family's means (section 5.1). Pure. */
import { type Effort, efforts, type ReasoningRequest } from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import type { Family } from './families.ts';

/** What is written of it; undefined = the field is left out. */
export interface Thinking {
  readonly type: 'enabled' | 'adaptive' | 'between_tools' | 'disabled' | undefined;
  readonly budgetTokens?: number | undefined;
  readonly display?: 'summarized' | 'omitted' | undefined;
  readonly effort?: Effort | undefined;
}

/** The rest of the request, as far as it decides whether the model may think. */
export interface ThinkingPlace {
  readonly maxTokens: number;
  readonly forcesTool: boolean;
  /** Whether the turn that goes on began with calls and without thinking. */
  readonly goesOnUnthought: boolean;
}

const nothing: Thinking = { type: undefined };
const disabled: Thinking = { type: 'disabled' };

/** The least that the API takes [TA ThinkingConfigEnabled]. */
const budgetMin = 1024;
/** Of max_tokens, which include it: the rest is for the response. */
const budgetShare = 0.8;
/** Tokens for models that know budgets only. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
};

export function thinkingFor(
  reasoning: ReasoningRequest | undefined,
  family: Family,
  place: ThinkingPlace,
  losses: Losses,
): Thinking {
  const { effort, budgetTokens } = reasoning ?? {};
  if (effort === undefined && budgetTokens === undefined) return unasked(reasoning, family, place);
  if (effort === 'none' || (effort === undefined && budgetTokens === 0)) return off(family, losses);
  if (family.thinking === 'none') return lost(nothing, losses);
  // 400 else: thinking may not be enabled when tool_choice forces tool use.
  if (place.forcesTool) return lost(disabled, losses);
  return family.thinking === 'adaptive'
    ? adaptive(reasoning, family, losses)
    : budgeted(reasoning, family, place, losses);
}

function lost(instead: Thinking, losses: Losses): Thinking {
  losses.drop('reasoning');
  return instead;
}

function unasked(reasoning: ReasoningRequest | undefined, family: Family, place: ThinkingPlace): Thinking {
  if (!family.thinksByDefault) return nothing;
  if (place.forcesTool && family.off === 'disabled') return disabled;
  const display = displayOf(reasoning);
  return display === undefined ? nothing : { type: 'adaptive', display };
}

function off(family: Family, losses: Losses): Thinking {
  if (family.thinking === 'none') return nothing;
  if (family.off !== 'never') return { type: family.off };
  return lost({ type: undefined, effort: 'low' }, losses);
}

function displayOf(reasoning: ReasoningRequest | undefined): Thinking['display'] {
  if (reasoning?.isShown === undefined) return undefined;
  return reasoning.isShown ? 'summarized' : 'omitted';
}

function adaptive(reasoning: ReasoningRequest | undefined, family: Family, losses: Losses): Thinking {
  const { effort, budgetTokens = -1 } = reasoning ?? {};
  const wanted = effort ?? (budgetTokens > 0 ? effortNear(budgetTokens) : undefined);
  const possible = wanted && effortWithin(wanted, family, losses);
  return { type: 'adaptive', display: displayOf(reasoning), effort: possible };
}

/** The least effort whose budget is no smaller. */
function effortNear(budget: number): Effort {
  return efforts.find((effort) => effort !== 'none' && budgets[effort] >= budget) ?? 'max';
}

/** The effort itself, or the next lower one of the family. */
function effortWithin(wanted: Effort, family: Family, losses: Losses): Effort {
  const least = wanted === 'minimal' ? 'low' : wanted;
  const lower = family.efforts.filter((effort) => efforts.indexOf(effort) <= efforts.indexOf(least));
  const nearest = lower.at(-1) ?? 'low';
  if (nearest !== least) losses.drop('reasoning');
  return nearest;
}

function budgeted(
  reasoning: ReasoningRequest | undefined,
  family: Family,
  { maxTokens, goesOnUnthought }: ThinkingPlace,
  losses: Losses,
): Thinking {
  const { effort, budgetTokens = -1 } = reasoning ?? {};
  const isGiven = budgetTokens > 0;
  const wanted = isGiven ? budgetTokens : budgets[effort ?? 'medium'];
  const most = isGiven ? maxTokens - 1 : Math.floor(maxTokens * budgetShare);
  // 400 else: with a budget, the turn that goes on must begin with thinking.
  if (most < budgetMin || goesOnUnthought) return lost(disabled, losses);
  const budget = Math.min(Math.max(wanted, budgetMin), most);
  if (isGiven && budget !== wanted) losses.drop('reasoning');
  const takesEffort = effort !== undefined && family.efforts.length > 0;
  return {
    type: 'enabled',
    budgetTokens: budget,
    effort: takesEffort ? effortWithin(effort, family, losses) : undefined,
  };
}

/** The value of `thinking`; undefined = the field is left out. */
export function thinkingField({ type, budgetTokens, display }: Thinking): object | undefined {
  return type === undefined ? undefined : defined({ type, budget_tokens: budgetTokens, display });
}
