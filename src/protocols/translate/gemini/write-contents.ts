/** Writes turns as `systemInstruction` and `contents` for a Gemini upstream. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { parseExactly } from '../exact-json.ts';
import type {
  MediaPart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
} from '../form/request.ts';
import { defined, isPlainObject } from '../json.ts';
import type { Losses } from '../losses.ts';
import { portableId } from '../tool-ids.ts';
import { writeMedia } from './media.ts';
import type { ModelFamily } from './models.ts';
import { foreignSignature } from './signatures.ts';

export interface WrittenContents {
  readonly systemInstruction: JsonObject | undefined;
  readonly contents: readonly JsonObject[];
}

/** Neighbouring turns of one role: what is said to a call must stand in the one content after it. */
interface Group {
  readonly role: 'user' | 'model';
  readonly parts: Part[];
}

type WrittenPart = Record<string, unknown>;

export function writeContents(turns: readonly Turn[], family: ModelFamily, losses: Losses): WrittenContents {
  const end = turns.findIndex(({ role }) => !isSystem(role));
  const opening = end === -1 ? turns : turns.slice(0, end);
  const system = opening.flatMap(({ parts }) => textsOf(parts)).map((text) => ({ text }));
  const contents = new ContentsWriter(groupsOf(turns.slice(opening.length), losses), family, losses).write();
  if (contents.length > 0 || system.length === 0) {
    return { systemInstruction: system.length > 0 ? { parts: system } : undefined, contents };
  }
  // A request without contents is refused.
  losses.drop('system');
  return { systemInstruction: undefined, contents: [{ role: 'user', parts: system }] };
}

const isSystem = (role: Turn['role']) => role === 'system' || role === 'developer';

function textsOf(parts: readonly Part[]): readonly string[] {
  return parts.flatMap((part) => (part.kind === 'text' && part.text !== '' ? [part.text] : []));
}

function groupsOf(turns: readonly Turn[], losses: Losses): readonly Group[] {
  const groups: Group[] = [];
  for (const turn of turns) {
    const role = turn.role === 'assistant' ? 'model' : 'user';
    const parts = isSystem(turn.role) ? markedSystem(turn, losses) : turn.parts;
    const last = groups.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else groups.push({ role, parts: [...parts] });
  }
  return groups;
}

/** Gemini has no instructions in the middle; here they keep their place and stay apart from the user's own text. */
function markedSystem(turn: Turn, losses: Losses): readonly TextPart[] {
  losses.drop('system');
  return textsOf(turn.parts).map((text) => ({ kind: 'text', text: `<system>\n${text}\n</system>` }));
}

class ContentsWriter {
  readonly #groups: readonly Group[];
  readonly #family: ModelFamily;
  readonly #losses: Losses;
  /** Names of the functions called so far, by id. */
  readonly #names = new Map<string, string>();

  constructor(groups: readonly Group[], family: ModelFamily, losses: Losses) {
    this.#groups = groups;
    this.#family = family;
    this.#losses = losses;
  }

  write(): readonly JsonObject[] {
    const turnStart = this.#groups.findLastIndex(
      ({ role, parts }) =>
        role === 'user' && parts.length > 0 && parts.every((part) => part.kind !== 'tool-result'),
    );
    return this.#groups.flatMap(({ role, parts }, at): readonly JsonObject[] => {
      const written =
        role === 'model' ? this.#model(parts, at > turnStart) : this.#user(parts, this.#callsBefore(at));
      return written.length === 0 ? [] : [{ role, parts: written }];
    });
  }

  #callsBefore(at: number): readonly ToolCallPart[] {
    return this.#groups[at - 1]?.parts.filter((part) => part.kind === 'tool-call') ?? [];
  }

  #user(parts: readonly Part[], calls: readonly ToolCallPart[]): readonly WrittenPart[] {
    const results = parts.filter((part) => part.kind === 'tool-result');
    const others = parts.filter((part) => part.kind !== 'tool-result');
    const ordered = inOrderOf(calls, results);
    const beside = this.#family.takesMediaInResults ? [] : ordered.flatMap(mediaIn);
    return [
      ...ordered.map((result) => this.#result(result)),
      ...beside.map((media) => writeMedia(media, this.#family, this.#losses)),
      ...others.flatMap((part) => this.#plain(part)),
    ];
  }

  #result(result: ToolResultPart): WrittenPart {
    const id = portableId(result.callId);
    const name = this.#names.get(id) ?? result.name;
    if (name === undefined) {
      throw this.#losses.impossible('tool_call_id', `No call before has the id "${result.callId}".`);
    }
    const output = textsOf(result.parts).join('\n');
    const media = this.#family.takesMediaInResults
      ? mediaIn(result).map((each) => writeMedia(each, this.#family, this.#losses))
      : [];
    return {
      functionResponse: {
        id,
        name,
        // Must be an object with these members [FunctionResponse.response].
        response: result.isError ? { error: output } : { output },
        ...(media.length > 0 && { parts: media }),
      },
    };
  }

  #model(parts: readonly Part[], isCurrentTurn: boolean): readonly WrittenPart[] {
    const written = withSignaturesOnCalls(parts).flatMap((part) => this.#modelPart(part));
    const call = written.find((part) => part.functionCall !== undefined);
    if (call && call.thoughtSignature === undefined && isCurrentTurn && this.#family.needsSignatures) {
      call.thoughtSignature = foreignSignature;
      this.#losses.drop('reasoning');
    }
    return written;
  }

  #modelPart(part: Part): readonly WrittenPart[] {
    if (part.kind === 'reasoning') return this.#reasoning(part);
    return part.kind === 'tool-call' ? [this.#call(part)] : this.#plain(part);
  }

  #plain(part: Part): readonly WrittenPart[] {
    if (part.kind === 'text' || part.kind === 'refusal') return part.text === '' ? [] : [{ text: part.text }];
    const isMedia = part.kind !== 'reasoning' && part.kind !== 'tool-call' && part.kind !== 'tool-result';
    return isMedia ? [writeMedia(part, this.#family, this.#losses)] : [];
  }

  /** Thoughts are replayed for their signature only; without one Gemini has no use for them. */
  #reasoning({ text, carried }: ReasoningPart): readonly WrittenPart[] {
    if (carried?.provider === 'gemini') {
      return [{ text, ...(text !== '' && { thought: true }), thoughtSignature: carried.blob }];
    }
    if (carried || text !== '') this.#losses.drop('reasoning');
    return [];
  }

  #call(call: ToolCallPart): WrittenPart {
    const id = portableId(call.id);
    this.#names.set(id, call.name);
    const functionCall = { id, name: call.name, args: this.#args(call) };
    const blob = call.carried?.provider === 'gemini' ? call.carried.blob : undefined;
    return defined({ functionCall, thoughtSignature: blob });
  }

  /** A model may have written what is no object: it stays readable for the next one. */
  #args(call: ToolCallPart): unknown {
    const text = call.arguments.trim();
    if (text === '') return {};
    try {
      const args = text.startsWith('{') ? parseExactly(text) : undefined;
      if (isPlainObject(args)) return args;
    } catch {
      // Invalid JSON.
    }
    this.#losses.drop('arguments');
    return { arguments: call.arguments };
  }
}

function mediaIn(result: ToolResultPart): readonly MediaPart[] {
  return result.parts.filter((part) => part.kind !== 'text');
}

/** Parallel results must be as many as the calls, and in their order: without ids the order tells them apart. */
function inOrderOf(
  calls: readonly ToolCallPart[],
  results: readonly ToolResultPart[],
): readonly ToolResultPart[] {
  const left = [...results];
  const ordered = calls.map(({ id, name }): ToolResultPart => {
    const at = left.findIndex(({ callId }) => portableId(callId) === portableId(id));
    const [found] = at === -1 ? [] : left.splice(at, 1);
    return found ?? { ...cancelled, callId: id, name };
  });
  return [...ordered, ...left];
}

const cancelled = {
  kind: 'tool-result',
  isError: true,
  parts: [{ kind: 'text', text: 'The call was cancelled: it has no result.' }],
} as const;

/**
 * Puts the signature of a call, which clients of other protocols keep as reasoning without text beside the call, back
 * onto it.
 */
function withSignaturesOnCalls(parts: readonly Part[]): readonly Part[] {
  const moved = [...parts];
  for (const [at, part] of parts.entries()) {
    if (part.kind !== 'tool-call' || part.carried?.provider === 'gemini') continue;
    for (const beside of [at - 1, at + 1]) {
      const signature = moved[beside];
      if (signature?.kind !== 'reasoning' || signature.text !== '') continue;
      if (signature.carried?.provider !== 'gemini') continue;
      moved[at] = { ...part, carried: signature.carried };
      moved[beside] = { kind: 'text', text: '' };
      break;
    }
  }
  return moved;
}
