/**
 * Makes events of `GenerateContentResponse` objects: the one of a whole response, or those of a stream one after another.
 * A finish reason may come before the last parts and the last usage, so the end is reported once the upstream has closed.
 * Pure.
 */
import type { JsonObject } from '../../protocol.ts';
import type { ChoiceEnd, ErrorEvent, ResponseEvent } from '../form/response.ts';
import { isPlainObject, numberOf, objectsIn, textOf } from '../json.ts';
import { CandidateEvents } from './candidate-events.ts';
import { readUsage } from './usage.ts';

export class ChunkEvents {
  readonly #candidates = new Map<number, CandidateEvents>();
  #isStarted = false;
  #hasFailed = false;
  /** Why the prompt was blocked, in words; undefined = it was not. */
  #blocked: string | undefined;
  #usage = '';
  #seed = '';

  /** @returns the events of one object; none after an error */
  push(chunk: JsonObject): readonly ResponseEvent[] {
    if (this.#hasFailed) return [];
    if (isPlainObject(chunk.error)) return this.#failWith(chunk.error);
    const events: ResponseEvent[] = [...this.#start(chunk)];
    for (const given of objectsIn(chunk.candidates)) {
      const candidate = this.#candidate(numberOf(given.index) ?? 0);
      events.push(...candidate.push(given));
      if (candidate.failure) return [...events, ...this.fail(candidate.failure)];
    }
    this.#readFeedback(chunk.promptFeedback);
    return [...events, ...this.#readUsage(chunk)];
  }

  /** @returns the error event, unless there was one before */
  fail(message: string, code = ''): readonly ResponseEvent[] {
    if (this.#hasFailed) return [];
    this.#hasFailed = true;
    return [{ type: 'error', message, code }];
  }

  /** @returns the events that follow once the upstream has closed */
  end(): readonly ResponseEvent[] {
    if (this.#hasFailed) return [];
    const first = this.#candidate(0);
    const candidates = new Set([first, ...this.#candidates.values()]);
    const ends: ChoiceEnd[] = [];
    for (const candidate of candidates) {
      const end: ChoiceEnd | ErrorEvent = candidate.end(this.#blocked);
      if ('type' in end) return this.fail(end.message, end.code);
      ends.push(end);
    }
    const rest = [...candidates].flatMap((candidate) => candidate.rest());
    const [end, ...others] = ends;
    return [
      ...rest,
      ...(end ? [{ type: 'end', ...end, ...(others.length > 0 && { others }) } as const] : []),
    ];
  }

  #candidate(index: number): CandidateEvents {
    const known = this.#candidates.get(index);
    if (known) return known;
    const candidate = new CandidateEvents(index, this.#seed);
    this.#candidates.set(index, candidate);
    return candidate;
  }

  /** An error within a response with status 200 (google.rpc.Status). */
  #failWith(error: JsonObject): readonly ResponseEvent[] {
    const code = textOf(error.status) ?? (typeof error.code === 'number' ? String(error.code) : '');
    return this.fail(textOf(error.message) ?? 'The upstream failed.', code);
  }

  #start(chunk: JsonObject): readonly ResponseEvent[] {
    if (this.#isStarted) return [];
    this.#isStarted = true;
    const id = textOf(chunk.responseId) ?? '';
    const usage = isPlainObject(chunk.usageMetadata) ? chunk.usageMetadata : {};
    this.#seed = id || String(usage.promptTokenCount ?? '');
    return [{ type: 'start', id }];
  }

  #readFeedback(feedback: unknown): void {
    const reason = isPlainObject(feedback) ? textOf(feedback.blockReason) : undefined;
    if (!isPlainObject(feedback) || !reason || reason === 'BLOCKED_REASON_UNSPECIFIED') return;
    this.#blocked ??= textOf(feedback.blockReasonMessage) ?? `The prompt was blocked: ${reason}.`;
  }

  #readUsage(chunk: JsonObject): readonly ResponseEvent[] {
    const usage = readUsage(chunk);
    const text = JSON.stringify(usage) ?? '';
    if (!usage || text === this.#usage) return [];
    this.#usage = text;
    return [{ type: 'usage', usage }];
  }
}
