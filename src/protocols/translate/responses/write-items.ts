/** Writes turns as the flat items of a Responses request, in their order. Pure. */
import { hash } from 'node:crypto';
import type { JsonObject } from '../../protocol.ts';
import type {
  MediaPart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
} from '../form/request.ts';
import type { Losses } from '../losses.ts';
import { portableId } from '../tool-ids.ts';
import { ownMembers } from './carried-reasoning.ts';
import { contentOf, isMedia, writeContent } from './write-content.ts';

/** Responses has no field for it. */
const errorPrefix = 'Error: ';
const noResult = `${errorPrefix}the tool call has no result.`;

export class ItemWriter {
  readonly #losses: Losses;
  readonly #items: JsonObject[] = [];

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** @throws HalleyError('invalid_body') by `losses`, for what no item can express */
  write(turns: readonly Turn[]): readonly JsonObject[] {
    const answered = new Set(turns.flatMap(({ parts }) => parts.flatMap(callIdOfResult)));
    for (const turn of turns) {
      if (turn.name !== undefined) this.#losses.drop('name');
      if (turn.role === 'assistant') {
        for (const part of turn.parts) this.#assistantPart(part);
        this.#answerCalls(turn.parts, answered);
      } else this.#otherTurn(turn);
    }
    return this.#items;
  }

  /** Each text is an item of its own: only an easy message needs no id (`EasyInputMessage`). */
  #assistantPart(part: Part): void {
    if (part.kind === 'text') this.#text(part);
    else if (part.kind === 'tool-call') this.#call(part);
    else if (part.kind === 'reasoning') this.#reasoning(part);
    else if (part.kind === 'refusal') this.#refusal(part.text);
    else if (part.kind === 'tool-result') this.#result(part);
    else this.#losses.refuse(part.kind, 'Leave it out of what the model said.');
  }

  #text({ text, cache }: TextPart): void {
    if (cache) this.#losses.drop('cache_control');
    if (text !== '') this.#items.push({ type: 'message', role: 'assistant', content: text });
  }

  /** `ResponseOutputMessage` requires an id, which OpenAI wants to begin so. */
  #refusal(refusal: string): void {
    this.#items.push({
      type: 'message',
      id: `msg_${hash('sha256', `${this.#items.length} ${refusal}`, 'hex').slice(0, 32)}`,
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'refusal', refusal }],
    });
  }

  #call({ id, name, arguments: text, cache }: ToolCallPart): void {
    if (cache) this.#losses.drop('cache_control');
    const args = text === '' ? '{}' : text;
    this.#items.push({ type: 'function_call', call_id: portableId(id), name, arguments: args });
  }

  /** Without OpenAI's own encrypted text it is left out: it must never seem to be something that the model said. */
  #reasoning({ text, carried }: ReasoningPart): void {
    if (carried?.provider !== 'openai') {
      this.#losses.drop('reasoning');
      return;
    }
    const summary = text === '' ? [] : [{ type: 'summary_text', text }];
    this.#items.push({ type: 'reasoning', summary, ...ownMembers(carried.blob) });
  }

  /** OpenAI refuses a call without a result, which some clients leave out when the user has cancelled it. */
  #answerCalls(parts: readonly Part[], answered: ReadonlySet<string>): void {
    for (const part of parts) {
      if (part.kind !== 'tool-call' || answered.has(part.id)) continue;
      this.#losses.drop('tool_results');
      this.#items.push({ type: 'function_call_output', call_id: portableId(part.id), output: noResult });
    }
  }

  #otherTurn({ role, parts }: Turn): void {
    let run: (TextPart | MediaPart)[] = [];
    const flush = () => {
      if (run.length > 0) this.#message(role, run);
      run = [];
    };
    for (const part of parts) {
      if (part.kind === 'text' || isMedia(part)) run.push(part);
      else if (part.kind === 'refusal') run.push({ kind: 'text', text: part.text });
      else {
        flush();
        this.#assistantPart(part);
      }
    }
    flush();
  }

  #message(role: Turn['role'], parts: readonly (TextPart | MediaPart)[]): void {
    const content = writeContent(contentOf(parts), this.#losses);
    this.#items.push({ type: 'message', role, content });
  }

  #result({ callId, isError, parts, cache }: ToolResultPart): void {
    if (cache) this.#losses.drop('cache_control');
    const output = writeContent(isError ? withPrefix(parts) : contentOf(parts), this.#losses);
    this.#items.push({ type: 'function_call_output', call_id: portableId(callId), output });
  }
}

function callIdOfResult(part: Part): readonly string[] {
  return part.kind === 'tool-result' ? [part.callId] : [];
}

function withPrefix(parts: readonly (TextPart | MediaPart)[]): readonly (TextPart | MediaPart)[] {
  const [first, ...rest] = parts;
  if (first?.kind === 'text') return [{ ...first, text: errorPrefix + first.text }, ...rest];
  return [{ kind: 'text', text: `${errorPrefix}the tool failed.` }, ...parts];
}
