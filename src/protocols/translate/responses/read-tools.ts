/** Reads the tools of a Responses request and the choice among them. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { FunctionTool, ToolChoice } from '../form/request.ts';
import { booleanOf, isPlainObject, malformed, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';
import { joinedName } from './namespaces.ts';

/**
 * Reads functions, those of namespaces too. Tools of other types run at the provider, or take free text: no other
 * protocol has them.
 */
export function readTools(tools: readonly JsonObject[], losses: Losses): readonly FunctionTool[] {
  return tools.flatMap((tool) => {
    if (tool.type === 'function') return [functionOf(tool)];
    if (tool.type === 'namespace') return membersOf(tool, losses);
    losses.refuse('tools[].type', `Leave out tools of type "${String(tool.type)}".`);
    return [];
  });
}

/** Each with the description of the namespace, which has no other place. */
function membersOf(namespace: JsonObject, losses: Losses): readonly FunctionTool[] {
  const name = textOf(namespace.name);
  if (name === undefined) throw malformed('tools[].name', 'a text');
  return readTools(objectsIn(namespace.tools), losses).map((tool) => ({
    ...tool,
    name: joinedName(name, tool.name),
    description: [textOf(namespace.description), tool.description].filter(Boolean).join('\n\n') || undefined,
  }));
}

function functionOf(tool: JsonObject): FunctionTool {
  const name = textOf(tool.name);
  if (name === undefined) throw malformed('tools[].name', 'a text');
  return {
    name,
    description: textOf(tool.description),
    parameters: isPlainObject(tool.parameters) ? tool.parameters : undefined,
    strict: booleanOf(tool.strict),
  };
}

export function readToolChoice(choice: unknown, losses: Losses): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (!isPlainObject(choice)) throw malformed('tool_choice', 'a text or an object');
  if (choice.type === 'function') {
    const name = textOf(choice.name);
    if (name === undefined) throw malformed('tool_choice.name', 'a text');
    return { kind: 'tool', name };
  }
  if (choice.type === 'allowed_tools') return allowedOf(choice, losses);
  losses.refuse('tool_choice.type', `Leave out the choice of type "${String(choice.type)}".`);
  return undefined;
}

function allowedOf({ mode, tools }: JsonObject, losses: Losses): ToolChoice {
  if (mode !== 'auto' && mode !== 'required') throw malformed('tool_choice.mode', '"auto" or "required"');
  const names = objectsIn(tools).flatMap((tool) => {
    const name = textOf(tool.name);
    if (tool.type === 'function' && name !== undefined) return [name];
    losses.refuse('tool_choice.tools[].type', `Leave out tools of type "${String(tool.type)}".`);
    return [];
  });
  return { kind: 'allowed', mode, names };
}
