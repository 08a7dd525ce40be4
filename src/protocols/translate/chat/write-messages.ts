/** Writes turns as the messages of a chat completion request. Pure. */
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
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import { portableId } from '../tool-ids.ts';
import { reasoningMembers } from './reasoning-details.ts';
import type { ChatUpstreamOptions } from './upstream-options.ts';
import { ContentWriter } from './write-content.ts';

export function writeMessages(
  turns: readonly Turn[],
  options: ChatUpstreamOptions,
  losses: Losses,
): readonly JsonObject[] {
  const writer = new MessageWriter(options, losses);
  const leading = turns.findIndex(({ role }) => !isInstructions(role));
  const opening = leading === -1 ? turns.length : leading;
  writer.instructions(turns.slice(0, opening));
  for (const turn of turns.slice(opening)) writer.push(turn);
  return writer.messages();
}

const isInstructions = (role: Turn['role']) => role === 'system' || role === 'developer';

class MessageWriter {
  readonly #options: ChatUpstreamOptions;
  readonly #losses: Losses;
  readonly #content: ContentWriter;
  readonly #messages: JsonObject[] = [];
  /** Calls that have no result yet. */
  #open: readonly string[] = [];

  constructor(options: ChatUpstreamOptions, losses: Losses) {
    this.#options = options;
    this.#losses = losses;
    this.#content = new ContentWriter(options, losses);
  }

  /** The instructions before everything else; servers that take one system message get one. */
  instructions(turns: readonly Turn[]): void {
    if (this.#options.systemInMiddle === 'developer') {
      for (const turn of turns) this.#speak(turn.role, turn.parts, turn.name);
      return;
    }
    const text = turns.map(textOfTurn).join('\n\n');
    if (text !== '') this.#messages.push({ role: 'system', content: text });
  }

  push(turn: Turn): void {
    if (turn.role === 'user') this.#user(turn);
    else {
      this.#closeCalls();
      if (turn.role === 'assistant') this.#assistant(turn);
      else this.#instructionsInMiddle(turn);
    }
  }

  #instructionsInMiddle(turn: Turn): void {
    const role = this.#options.systemInMiddle;
    if (role !== 'user') this.#speak(role, turn.parts, turn.name);
    else this.#messages.push({ role, content: `<system>\n${textOfTurn(turn)}\n</system>` });
  }

  messages(): readonly JsonObject[] {
    this.#closeCalls();
    return this.#messages;
  }

  /** Results first: they must follow their calls. Facts, section 3.4. */
  #user(turn: Turn): void {
    const results = turn.parts.filter((part) => part.kind === 'tool-result');
    for (const result of results) this.#result(result);
    this.#closeCalls();
    const media = results.flatMap((result) => mediaOf(result, this.#options));
    const others = turn.parts.filter((part) => part.kind !== 'tool-result');
    const parts = [...media, ...others];
    if (parts.length > 0) this.#speak('user', parts, turn.name);
  }

  #speak(role: string, parts: readonly Part[], name: string | undefined): void {
    const content = this.#content.content(parts.filter(isContent));
    if (content.length > 0) this.#messages.push(defined({ role, name, content }));
  }

  /** Text alone: media go into the user message after the results. */
  #result(result: ToolResultPart): void {
    this.#content.dropMark(result);
    const texts = result.parts.filter((part) => part.kind === 'text');
    const [first, ...rest] = texts;
    // There is no field for it. Facts, section 3.4.
    const marked = result.isError
      ? [{ ...first, kind: 'text' as const, text: `Error: ${first?.text ?? ''}` }, ...rest]
      : texts;
    const id = this.#options.toolId(result.callId);
    this.#open = this.#open.filter((each) => each !== id);
    const content = marked.length === 0 ? '' : this.#content.content(marked);
    this.#messages.push({ role: 'tool', tool_call_id: id, content });
  }

  /** A call without a result is legal in some histories, and refused by OpenAI. */
  #closeCalls(): void {
    for (const id of this.#open) {
      this.#messages.push({ role: 'tool', tool_call_id: id, content: 'Error: the call was cancelled.' });
    }
    this.#open = [];
  }

  #assistant(turn: Turn): void {
    const calls = turn.parts.filter((part) => part.kind === 'tool-call');
    const refusals = turn.parts.filter((part) => part.kind === 'refusal');
    const spoken = turn.parts.filter((part) => part.kind === 'text');
    if (turn.parts.some(isMedia)) this.#losses.refuse('image', 'Leave out the images that the model made.');
    const content = this.#content.content(spoken);
    const reasoning = reasoningMembers(
      turn.parts.filter((part) => part.kind === 'reasoning').filter(this.#takes),
      ({ blob }) => blob,
    );
    const message = defined({
      role: 'assistant',
      name: turn.name,
      content: content.length > 0 ? content : null,
      refusal: refusals.length > 0 ? refusals.map(({ text }) => text).join('') : undefined,
      ...reasoning,
      tool_calls: calls.length > 0 ? calls.map((call) => this.#call(call)) : undefined,
    });
    if (content.length === 0 && calls.length === 0 && refusals.length === 0) {
      // Nothing is left of the turn, or reasoning alone, beside which servers want a content.
      if (Object.keys(reasoning).length === 0) return;
      this.#messages.push({ ...message, content: '' });
    } else this.#messages.push(message);
    this.#open = calls.map((call) => this.#options.toolId(call.id));
  }

  /** Text without a signature came from servers of this kind; another provider's goes nowhere else. */
  // Mutated by tests: whose reasoning chat takes
  #takes = ({ carried }: ReasoningPart): boolean =>
    carried ? this.#options.signaturesOf.includes(carried.provider) : this.#options.takesReasoning;

  #call(call: ToolCallPart): JsonObject {
    this.#content.dropMark(call);
    const signature = call.carried?.provider === 'gemini' ? call.carried.blob : undefined;
    const isTaken = signature !== undefined && this.#options.signaturesOf.includes('gemini');
    return {
      id: portableId(call.id),
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
      ...(isTaken && { extra_content: { google: { thought_signature: signature } } }),
    };
  }
}

function isMedia(part: Part): part is MediaPart {
  return part.kind === 'image' || part.kind === 'file' || part.kind === 'audio' || part.kind === 'video';
}

const isContent = (part: Part) => part.kind === 'text' || isMedia(part);

/** A result's media, introduced by a text that says whose they are. */
function mediaOf(result: ToolResultPart, { toolId }: ChatUpstreamOptions): readonly (TextPart | MediaPart)[] {
  const media = result.parts.filter(isMedia);
  if (media.length === 0) return [];
  return [{ kind: 'text', text: `From the result of tool call ${toolId(result.callId)}:` }, ...media];
}

function textOfTurn({ parts }: Turn): string {
  return parts.flatMap((part) => (part.kind === 'text' ? part.text : [])).join('\n\n');
}
