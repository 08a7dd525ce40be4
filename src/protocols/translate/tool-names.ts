/**
 * Names of tools that an upstream refuses. It gets derived ones in all of the request, and the client gets its own back
 * in the calls of the response. Pure.
 */
import type { Part, RequestForm, ToolChoice, Turn } from './form/request.ts';
import type { Losses } from './losses.ts';
import type { EventStep, SentNames } from './parts.ts';
import { cleaned } from './tool-ids.ts';

/** A pure function, so that a history that is sent again has the same names. Every provider takes what it makes. */
function portableName(name: string): string {
  return cleaned(name, /^[a-zA-Z_]/.test(name) ? '' : '_');
}

export interface RenamedRequest {
  readonly request: RequestForm;
  /** Undefined = the upstream takes all names. */
  readonly sentNames: SentNames | undefined;
}

/** @param accepted the names that the upstream takes */
export function withAcceptedNames(request: RequestForm, accepted: RegExp, losses: Losses): RenamedRequest {
  const sentNames = new Map<string, string>();
  const rename = (name: string): string => {
    if (accepted.test(name)) return name;
    const sent = portableName(name);
    sentNames.set(sent, name);
    return sent;
  };
  const renamed = {
    ...request,
    tools: request.tools.map((tool) => ({ ...tool, name: rename(tool.name) })),
    toolChoice: request.toolChoice && renamedChoice(request.toolChoice, rename),
    turns: request.turns.map((turn) => renamedTurn(turn, rename)),
  };
  if (sentNames.size === 0) return { request, sentNames: undefined };
  losses.drop('tools[].name');
  return { request: renamed, sentNames };
}

function renamedChoice(choice: ToolChoice, rename: (name: string) => string): ToolChoice {
  if (choice.kind === 'tool') return { ...choice, name: rename(choice.name) };
  return choice.kind === 'allowed' ? { ...choice, names: choice.names.map(rename) } : choice;
}

function renamedTurn(turn: Turn, rename: (name: string) => string): Turn {
  const parts = turn.parts.map((part): Part => {
    if (part.kind === 'tool-call') return { ...part, name: rename(part.name) };
    if (part.kind !== 'tool-result' || part.name === undefined) return part;
    return { ...part, name: rename(part.name) };
  });
  return { ...turn, parts };
}

/** Gives called tools the client's own names. */
export function withClientNames(sentNames: SentNames): EventStep {
  return (event) => {
    if (event.type !== 'part-start' || event.part.kind !== 'tool-call') return [event];
    const name = sentNames.get(event.part.name);
    return [name === undefined ? event : { ...event, part: { ...event.part, name } }];
  };
}
