/** What OpenAI's models cannot do, by their names. Pure. */
import type { RequestForm } from './form/request.ts';
import type { Losses } from './losses.ts';

/** Models that do not reason, also fine-tuned and behind another provider's prefix. All later ones do. */
const neverReasons = /(?:^|[/:])(?:gpt-3\.5|gpt-4|chatgpt-4o)/i;

/**
 * The request without its wish for reasoning where the model would refuse it: OpenAI responds with 400, "Unsupported
 * parameter: 'reasoning_effort' is not supported with this model". Coding agents ask every model for it.
 */
export function withoutUnknownReasoning(request: RequestForm, model: string, losses: Losses): RequestForm {
  const { reasoning } = request;
  if (!reasoning || !neverReasons.test(model)) return request;
  if (reasoning.effort !== 'none' && reasoning.budgetTokens !== 0) losses.drop('reasoning');
  return { ...request, reasoning: undefined };
}
