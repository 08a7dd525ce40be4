/** Reads chat completions, whole or as a stream, as events. Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { Piece } from '../../events/piece.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import { type ErrorFacts, readError } from '../../upstream/error-facts.ts';
import { parseOr } from '../../usage/usage-shape.ts';
import type { ChoiceEnd, EndReason, ErrorEvent, ResponseEvent } from '../form/response.ts';
import { isPlainObject, numberOf, objectsIn, textOf } from '../json.ts';
import type { ResponseReader } from '../parts.ts';
import { StreamEvents } from '../stream-events.ts';
import { portableId } from '../tool-ids.ts';
import { PartQueue } from './part-queue.ts';
import { MessageParts } from './read-message.ts';
import { readUsage } from './usage.ts';

export function readResponse(form: ResponseForm): ResponseReader {
  return form === 'sse' ? new StreamReader() : new WholeReader();
}

const brokenOff: ErrorEvent = {
  type: 'error',
  message: 'The upstream ended its response early.',
  code: 'upstream_broken',
};
const unreadable: ErrorEvent = {
  type: 'error',
  message: 'The upstream sent an unreadable response.',
  code: 'upstream_broken',
};

/** What is known of one of the choices. */
class ChoiceReader {
  readonly #index: number;
  readonly #queue: PartQueue;
  readonly #parts: MessageParts;
  #finish: string | undefined;

  constructor(index: number, responseId: string) {
    this.#index = index;
    const name = index === 0 ? responseId : `${responseId}_${index}`;
    this.#queue = new PartQueue((call) => portableId(`call_${name}_${call}`), index);
    this.#parts = new MessageParts(this.#queue);
  }

  get finish(): string | undefined {
    return this.#finish;
  }

  /** @param member the one that has the message, or a piece of it */
  read(choice: JsonObject, member: 'message' | 'delta'): void {
    const said = choice[member];
    if (isPlainObject(said)) {
      if (member === 'message') this.#parts.whole(said, choice.logprobs);
      else this.#parts.delta(said, choice.logprobs);
    }
    const finish = textOf(choice.finish_reason);
    if (!finish) return;
    this.#finish = finish;
    this.#queue.finish();
  }

  take(): readonly ResponseEvent[] {
    return this.#queue.take();
  }

  /** @returns undefined where the reason is not known */
  end(): ChoiceEnd | undefined {
    this.#queue.finish();
    const reason = this.#reason();
    return reason && { ...(this.#index > 0 && { choice: this.#index }), reason, stopSequence: undefined };
  }

  /** @returns undefined for a reason that is not known: it must not pass for a plain end. Facts, section 8. */
  #reason(): EndReason | undefined {
    switch (this.#finish) {
      case undefined:
      case 'stop':
      case 'tool_calls':
      case 'function_call':
        // OpenAI says `stop` where the client has named the tool.
        if (this.#queue.calls > 0) return 'tool-calls';
        return this.#parts.hasRefusal ? 'refusal' : 'stop';
      case 'length':
        return 'length';
      case 'content_filter':
        return 'refusal';
      default:
        return undefined;
    }
  }
}

/** What is known of one response. */
class CompletionReader {
  #id = '';
  readonly #choices = new Map<number, ChoiceReader>();
  #hasStarted = false;
  #isOver = false;
  #usage: Usage | undefined;

  /** Whether every choice has said why it ended. */
  get hasFinish(): boolean {
    const choices = [...this.#choices.values()];
    return choices.length > 0 && choices.every(({ finish }) => finish !== undefined);
  }

  /** @param member that of a choice which has the message, or a piece of it */
  read(body: JsonObject, member: 'message' | 'delta'): readonly ResponseEvent[] {
    if (this.#isOver) return [];
    const error = errorIn(body);
    if (error) return this.fail(error);
    const start = this.#start(body);
    this.#usage = readUsage(body.usage) ?? this.#usage;
    const said = objectsIn(body.choices).flatMap((given) => {
      const choice = this.#choice(numberOf(given.index) ?? 0);
      choice.read(given, member);
      return choice.take();
    });
    return [...start, ...said];
  }

  /** Nothing follows an error. */
  fail(error: ErrorEvent): readonly ResponseEvent[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    return [error];
  }

  /** The end, after everything has come: usage follows the reason of the end. */
  end(): readonly ResponseEvent[] {
    if (this.#isOver) return [];
    if (!this.#hasStarted) return this.fail(brokenOff);
    const first = this.#choice(0);
    const ends: ChoiceEnd[] = [];
    const events: ResponseEvent[] = [];
    for (const choice of new Set([first, ...this.#choices.values()])) {
      const end = choice.end();
      events.push(...choice.take());
      if (!end) return [...events, ...this.#unknownEnd(choice.finish)];
      ends.push(end);
    }
    this.#isOver = true;
    if (this.#usage) events.push({ type: 'usage', usage: this.#usage });
    const [end, ...others] = ends;
    if (end) events.push({ type: 'end', ...end, ...(others.length > 0 && { others }) });
    return events;
  }

  #choice(index: number): ChoiceReader {
    const known = this.#choices.get(index);
    if (known) return known;
    const choice = new ChoiceReader(index, this.#id);
    this.#choices.set(index, choice);
    return choice;
  }

  #unknownEnd(finish = ''): readonly ResponseEvent[] {
    const message = `The upstream ended its response for the reason "${finish}".`;
    return this.fail({ type: 'error', message, code: finish });
  }

  #start(body: JsonObject): readonly ResponseEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    this.#id = textOf(body.id) ?? '';
    return [{ type: 'start', id: this.#id }];
  }
}

function errorIn(body: JsonObject): ErrorEvent | undefined {
  // Beside a choice too: OpenRouter ends a stream so.
  const facts = readError(body.error ? { error: body.error } : body);
  return facts && errorEvent(facts);
}

function errorEvent({ message, code, type }: ErrorFacts): ErrorEvent {
  return { type: 'error', message: message || 'The upstream failed.', code: code || type };
}

class StreamReader implements ResponseReader {
  readonly #events = new StreamEvents();
  readonly #completion = new CompletionReader();

  push(piece: Piece): readonly ResponseEvent[] {
    return this.#events.push(piece).flatMap(({ data }) => this.#event(data?.trim() ?? ''));
  }

  end(): readonly ResponseEvent[] {
    // Some servers leave out the mark of the end; the reason of it says as much.
    return this.#completion.hasFinish ? this.#completion.end() : this.#completion.fail(brokenOff);
  }

  #event(data: string): readonly ResponseEvent[] {
    if (data === '') return [];
    if (data === '[DONE]') return this.#completion.end();
    const body = parseOr(data);
    return isPlainObject(body) ? this.#completion.read(body, 'delta') : this.#completion.fail(unreadable);
  }
}

class WholeReader implements ResponseReader {
  readonly #pieces: Buffer[] = [];

  push({ bytes }: Piece): readonly ResponseEvent[] {
    this.#pieces.push(bytes);
    return [];
  }

  end(): readonly ResponseEvent[] {
    const body = parseOr(
      Buffer.concat(this.#pieces)
        .toString()
        .replace(/^\uFEFF/, ''),
    );
    const completion = new CompletionReader();
    if (!isPlainObject(body)) return completion.fail(unreadable);
    const events = completion.read(body, 'message');
    if (events.at(-1)?.type === 'error') return events;
    const [first] = objectsIn(body.choices);
    return [...events, ...(first ? completion.end() : completion.fail(unreadable))];
  }
}
