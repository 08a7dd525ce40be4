/** Writes tools and the choice among them [TA Tool, ToolChoice] (sections 3.2 and 3.3). */
import type { JsonObject } from '../../protocol.ts';
import type { FunctionTool, RequestForm, ToolChoice } from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import type { Family } from './families.ts';
import { cacheControl } from './write-blocks.ts';

export interface ChosenTools {
  readonly tools: readonly JsonObject[];
  readonly toolChoice: JsonObject | undefined;
  /** Whether the model must use a tool. */
  readonly forces: boolean;
}

export function chosenTools(request: RequestForm, family: Family, losses: Losses): ChosenTools {
  const { toolChoice, parallelToolCalls } = request;
  const names = toolChoice?.kind === 'allowed' ? new Set(toolChoice.names) : undefined;
  const allowed = request.tools.filter(({ name }) => names?.has(name) ?? true);
  // With none to choose from the tools stay, since the history may hold their calls.
  const tools = allowed.length > 0 ? allowed : request.tools;
  const choice = choiceOf(toolChoice, allowed.length > 0, family, losses);
  const forces = choice.type === 'any' || choice.type === 'tool';
  if (tools.length === 0) {
    if (forces)
      throw losses.impossible('tool_choice', 'It requires a tool, and the request has none. Send tools.');
    return { tools: [], toolChoice: undefined, forces: false };
  }
  const isSingle = parallelToolCalls === false && choice.type !== 'none';
  const isWritten = toolChoice !== undefined || isSingle;
  return {
    tools: tools.map((tool) => toolOf(tool, losses)),
    toolChoice: isWritten
      ? defined({ ...choice, disable_parallel_tool_use: isSingle || undefined })
      : undefined,
    forces,
  };
}

type Choice = { readonly type: 'auto' | 'any' | 'none' } | { readonly type: 'tool'; readonly name: string };

function choiceOf(
  choice: ToolChoice | undefined,
  anyAllowed: boolean,
  family: Family,
  losses: Losses,
): Choice {
  if (!choice || choice.kind === 'auto') return { type: 'auto' };
  if (choice.kind === 'none') return { type: 'none' };
  if (choice.kind === 'allowed' && choice.mode === 'auto') return { type: anyAllowed ? 'auto' : 'none' };
  if (family.forcedTools === 'never') {
    losses.refuse('tool_choice', 'This model cannot be forced to use a tool. Set it to "auto".');
    return { type: 'auto' };
  }
  return choice.kind === 'tool' ? { type: 'tool', name: choice.name } : { type: 'any' };
}

function toolOf({ name, description, parameters, strict, cache }: FunctionTool, losses: Losses): JsonObject {
  return defined({
    name,
    description,
    input_schema: schemaOf(parameters, losses),
    strict,
    cache_control: cacheControl(cache, losses),
  });
}

/** The API demands an object's schema. */
function schemaOf(parameters: JsonObject | undefined, losses: Losses): JsonObject {
  if (parameters?.type === 'object') return parameters;
  if (parameters?.type === undefined) return { type: 'object', ...parameters };
  throw losses.impossible('tools[].parameters', 'Their schema must have the type "object".');
}
