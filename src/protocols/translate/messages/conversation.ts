/**
 * Brings turns into the order that Anthropic's API demands: instructions at the top, neighbours merged, the results of
 * all calls of a turn first in the next user message (sections 2 and 3.4). Pure.
 */
import type { Part, TextPart, Turn } from '../form/request.ts';
import type { Losses } from '../losses.ts';
import type { SystemTurns } from './families.ts';
import { answerCalls, type Run } from './tool-results.ts';

export interface OrderedMessage {
  readonly role: 'user' | 'assistant' | 'system';
  readonly parts: readonly Part[];
}

export interface Conversation {
  readonly system: readonly TextPart[];
  readonly messages: readonly OrderedMessage[];
}

export function conversationOf(
  turns: readonly Turn[],
  systemTurns: SystemTurns,
  losses: Losses,
): Conversation {
  const said = turns.map((turn) => sendable(turn, losses)).filter(({ parts }) => parts.length > 0);
  const later = said.findIndex(({ role }) => !isInstruction(role));
  if (later === -1) return onlyInstructions(said, losses);
  const system = said.slice(0, later).flatMap(textsOf);
  const runs = withoutLooseEnds(runsOf(said.slice(later).map(asRun), systemTurns === 'user', losses), losses);
  answerCalls(runs, losses);
  return { system, messages: runs.flatMap((run) => messagesOf(run, losses)) };
}

const isInstruction = (role: Turn['role']) => role === 'system' || role === 'developer';

const textsOf = ({ parts }: Turn): readonly TextPart[] => parts.filter((part) => part.kind === 'text');

/** The API demands a message of the user: the last instruction becomes one. */
function onlyInstructions(turns: readonly Turn[], losses: Losses): Conversation {
  const last = turns.at(-1);
  if (!last) return { system: [], messages: [] };
  if (turns.length > 0) losses.drop('system');
  return {
    system: turns.slice(0, -1).flatMap(textsOf),
    messages: [{ role: 'user', parts: last.parts }],
  };
}

/** The turn without what the API refuses: blank texts, reasoning that it did not sign, media of a wrong role. */
function sendable(turn: Turn, losses: Losses): Turn {
  return { ...turn, parts: turn.parts.filter((part) => isSendable(part, turn.role, losses)) };
}

function isSendable(part: Part, role: Turn['role'], losses: Losses): boolean {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text.trim() !== '';
    case 'reasoning':
      if (role === 'assistant' && part.carried?.provider === 'anthropic') return true;
      losses.drop('reasoning');
      return false;
    case 'tool-call':
      return role === 'assistant';
    case 'tool-result':
      return role === 'user';
    default:
      if (role === 'user') return true;
      losses.refuse(part.kind, 'Only user messages may contain it. Send it in a user message.');
      return false;
  }
}

function asRun(turn: Turn): Run {
  if (isInstruction(turn.role)) return { isAssistant: false, parts: [], instructions: [...textsOf(turn)] };
  return { isAssistant: turn.role === 'assistant', parts: [...turn.parts], instructions: [] };
}

/** @param demotes whether instructions become marked texts of the user where they stand */
function runsOf(turns: readonly Run[], demotes: boolean, losses: Losses): Run[] {
  const runs: Run[] = [];
  for (const turn of turns) {
    if (demotes && turn.instructions.length > 0) {
      losses.drop('system');
      turn.parts = turn.instructions.splice(0).map(marked);
    }
    const last = runs.at(-1);
    if (last?.isAssistant !== turn.isAssistant) {
      runs.push(turn);
      continue;
    }
    last.parts.push(...turn.parts);
    last.instructions.push(...turn.instructions);
  }
  return runs;
}

function marked(part: TextPart): TextPart {
  return { ...part, text: `<system>\n${part.text}\n</system>` };
}

/** 400 else: an assistant message may not end with thinking. */
function withoutLooseEnds(runs: readonly Run[], losses: Losses): Run[] {
  const kept = runs.filter((run) => {
    const end = run.parts.findLastIndex(({ kind }) => kind !== 'reasoning') + 1;
    if (end === run.parts.length) return true;
    losses.drop('reasoning');
    run.parts = run.parts.slice(0, end);
    return end > 0;
  });
  return kept.length === runs.length ? kept : runsOf(kept, false, losses);
}

/** A system message must follow one of the user (section 2); where there is none it becomes one. */
function messagesOf({ isAssistant, parts, instructions }: Run, losses: Losses): readonly OrderedMessage[] {
  if (isAssistant) return [{ role: 'assistant', parts }];
  if (instructions.length === 0) return parts.length === 0 ? [] : [{ role: 'user', parts: parts }];
  if (parts.length === 0) {
    losses.drop('system');
    return [{ role: 'user', parts: instructions.map(marked) }];
  }
  return [
    { role: 'user', parts: parts },
    { role: 'system', parts: instructions },
  ];
}
