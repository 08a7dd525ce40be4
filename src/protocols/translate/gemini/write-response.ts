/** Renders a response for a Gemini client in each of its three forms. Pure. */
import { noUsage, type Usage } from '../../../domain/usage.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import type {
  ChoiceEnd,
  EndEvent,
  PartDeltaEvent,
  PartEndEvent,
  PartStartEvent,
  ResponseEvent,
  TokenLogprob,
} from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { writeErrorEvent } from './errors.ts';
import { finishReasons } from './finish-reasons.ts';
import { writeLogprobs } from './logprobs.ts';
import { ResponseParts } from './response-parts.ts';
import { writeUsage } from './usage.ts';

export function writeResponse(form: ResponseForm, facts: RequestFacts): ResponseWriter {
  if (form === 'json') return new WholeWriter(facts);
  return new StreamWriter(facts, form === 'sse' ? eventFrame : new ArrayFrame());
}

/** How the objects of a stream follow each other. */
interface Frame {
  wrap(object: string): string;
  /** After the last one. */
  close(): string;
}

const eventFrame: Frame = { wrap: (object) => `data: ${object}\n\n`, close: () => '' };

class ArrayFrame implements Frame {
  #isOpen = false;

  wrap(object: string): string {
    const before = this.#isOpen ? ',\n' : '[';
    this.#isOpen = true;
    return before + object;
  }

  close(): string {
    return this.#isOpen ? '\n]' : '[]';
  }
}

/** What the objects of one response say of one choice. */
class CandidateWriter {
  readonly #index: number;
  readonly #parts: ResponseParts;
  /** What the next object has. */
  #waiting: JsonObject[] = [];
  #logprobs: TokenLogprob[] = [];

  constructor(index: number, isStream: boolean) {
    this.#index = index;
    this.#parts = new ResponseParts(isStream);
  }

  /** Whether there is anything for an object. */
  get hasParts(): boolean {
    return this.#waiting.length > 0;
  }

  push(event: PartStartEvent | PartDeltaEvent | PartEndEvent): void {
    this.#waiting.push(...this.#parts.push(event));
    for (const token of (event.type === 'part-delta' && event.logprobs) || []) this.#logprobs.push(token);
  }

  /** The candidate with all that is new. @param end in the last object */
  take(end?: ChoiceEnd): JsonObject {
    const [parts, logprobs] = [this.#waiting, this.#logprobs];
    [this.#waiting, this.#logprobs] = [[], []];
    return {
      // Google's client takes a content without parts for no response.
      content: { role: 'model', parts: parts.length > 0 ? parts : [{ text: '' }] },
      index: this.#index,
      ...(logprobs.length > 0 && { logprobsResult: writeLogprobs(logprobs) }),
      ...(end && this.#finish(end)),
    };
  }

  #finish({ reason, refusal }: ChoiceEnd): JsonObject {
    if (reason === 'tool-calls' && this.#parts.hasBrokenCall) {
      const finishMessage = 'The arguments of a function call are not a JSON object.';
      return { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage };
    }
    const hasRefused = reason === 'refusal' || (reason === 'stop' && this.#parts.hasRefusal);
    const finishMessage = reason === 'paused' ? 'The model paused in the middle of its turn.' : refusal;
    return {
      finishReason: finishReasons[hasRefused ? 'refusal' : reason],
      ...(finishMessage !== undefined && { finishMessage }),
    };
  }
}

/** What all objects of one response have. */
class Chunks {
  readonly #facts: RequestFacts;
  readonly #isStream: boolean;
  readonly #candidates = new Map<number, CandidateWriter>();
  #id: string;
  #usage: Usage = noUsage;

  constructor(facts: RequestFacts, isStream: boolean) {
    this.#facts = facts;
    this.#isStream = isStream;
    this.#id = facts.requestId;
  }

  /** @returns the object for a stream that tells the event; '' = nothing yet */
  push(event: ResponseEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id || this.#id;
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'error':
        return writeErrorEvent(event);
      case 'end':
        return this.#end(event);
      default: {
        const candidate = this.#candidate(event.choice);
        candidate.push(event);
        return this.#isStream && candidate.hasParts ? this.#object([candidate.take()]) : '';
      }
    }
  }

  #candidate(index = 0): CandidateWriter {
    const known = this.#candidates.get(index);
    const candidate = known ?? new CandidateWriter(index, this.#isStream);
    if (!known) this.#candidates.set(index, candidate);
    return candidate;
  }

  #end({ others = [], ...first }: EndEvent): string {
    const candidates = [first, ...others].map((end) => this.#candidate(end.choice).take(end));
    return this.#object(candidates, { usageMetadata: writeUsage(this.#usage) });
  }

  #object(candidates: readonly JsonObject[], more: JsonObject = {}): string {
    const { model: modelVersion } = this.#facts;
    return JSON.stringify({ candidates, ...more, modelVersion, responseId: this.#id });
  }
}

class StreamWriter implements ResponseWriter {
  readonly #chunks: Chunks;
  readonly #frame: Frame;
  #hasFailed = false;

  constructor(facts: RequestFacts, frame: Frame) {
    this.#chunks = new Chunks(facts, true);
    this.#frame = frame;
  }

  push(event: ResponseEvent): string {
    if (this.#hasFailed) return '';
    const object = this.#chunks.push(event);
    const written = object === '' ? '' : this.#frame.wrap(object);
    if (event.type !== 'error') return written;
    this.#hasFailed = true;
    return written + this.#frame.close();
  }

  end(): string {
    return this.#hasFailed ? '' : this.#frame.close();
  }
}

class WholeWriter implements ResponseWriter {
  readonly #chunks: Chunks;
  #response = '';

  constructor(facts: RequestFacts) {
    this.#chunks = new Chunks(facts, false);
  }

  push(event: ResponseEvent): string {
    this.#response = this.#chunks.push(event) || this.#response;
    return '';
  }

  end(): string {
    return this.#response;
  }
}
