/** Writes a response for a client that speaks Responses, whole or as a stream. Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import type { EndEvent, ErrorEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { responseErrorCode } from './errors.ts';
import { type ResponseState, responseObject } from './response-object.ts';
import { OutputWriter, type StreamEvent } from './write-output.ts';

/** Builds the response, event by event. */
class ResponseBuilder {
  readonly #facts: RequestFacts;
  readonly #output: OutputWriter;
  #id: string;
  #usage: Usage | undefined;
  #hasBegun = false;
  #whole: JsonObject | undefined;

  constructor(facts: RequestFacts) {
    this.#facts = facts;
    this.#output = new OutputWriter(facts.requestId);
    this.#id = `resp_${facts.requestId}`;
  }

  /** The whole response, once it is over. */
  get whole(): JsonObject | undefined {
    return this.#whole;
  }

  push(event: ResponseEvent): readonly StreamEvent[] {
    if (this.#whole) return [];
    switch (event.type) {
      case 'start':
        return this.#begin(event.id);
      case 'part-start':
        return this.#output.start(event.part);
      case 'part-delta':
        return this.#output.delta(event);
      case 'part-end':
        return this.#output.end(event);
      case 'usage':
        this.#usage = event.usage;
        return [];
      case 'end':
        return this.#end(event);
      default:
        return this.#fail(event);
    }
  }

  #begin(id: string): readonly StreamEvent[] {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    this.#id = id || this.#id;
    const response = this.#response({ status: 'in_progress' });
    return [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ];
  }

  #end(event: EndEvent): readonly StreamEvent[] {
    const refusal = this.#refusalEvents(event);
    const outcome = outcomeOf(event, this.#output.hasRefusal);
    const closed = this.#output.closeMessage(event.reason === 'length' ? 'incomplete' : 'completed');
    return [...refusal, ...closed, this.#finish(outcome)];
  }

  /** Why the model refused stands in a part of its own, unless it has said so itself. */
  #refusalEvents({ reason, refusal }: EndEvent): readonly StreamEvent[] {
    if (reason !== 'refusal' || !refusal || this.#output.hasRefusal) return [];
    return [
      ...this.#output.start({ kind: 'refusal' }),
      ...this.#output.delta({ text: refusal }),
      ...this.#output.end({}),
    ];
  }

  /** Clients wait for `response.failed`, and for `response.created` before anything else. */
  #fail({ message, code }: ErrorEvent): readonly StreamEvent[] {
    const begun = this.#begin('');
    return [...begun, this.#finish({ status: 'failed', error: { code: responseErrorCode(code), message } })];
  }

  #finish(outcome: Outcome): StreamEvent {
    const response = this.#response(outcome);
    this.#whole = response;
    return { type: `response.${outcome.status}`, response };
  }

  #response(outcome: Outcome): JsonObject {
    const output = [...this.#output.items];
    return responseObject({ id: this.#id, output, usage: this.#usage, ...outcome }, this.#facts);
  }
}

type Outcome = Pick<ResponseState, 'status' | 'reason' | 'error'>;

function outcomeOf({ reason }: EndEvent, hasRefusal: boolean): Outcome {
  if (reason === 'length') return { status: 'incomplete', reason: 'max_output_tokens' };
  // No reason of an incomplete response fits a turn that is to be continued.
  if (reason === 'paused') return { status: 'incomplete' };
  if (reason === 'refusal' && !hasRefusal) return { status: 'incomplete', reason: 'content_filter' };
  return { status: 'completed' };
}

class StreamWriter implements ResponseWriter {
  readonly #builder: ResponseBuilder;
  #number = 0;

  constructor(facts: RequestFacts) {
    this.#builder = new ResponseBuilder(facts);
  }

  push(event: ResponseEvent): string {
    return this.#builder
      .push(event)
      .map(({ type, ...members }) => {
        const data = { type, sequence_number: this.#number, ...members };
        this.#number += 1;
        return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
      })
      .join('');
  }

  end(): string {
    return '';
  }
}

class WholeWriter implements ResponseWriter {
  readonly #builder: ResponseBuilder;

  constructor(facts: RequestFacts) {
    this.#builder = new ResponseBuilder(facts);
  }

  push(event: ResponseEvent): string {
    this.#builder.push(event);
    return '';
  }

  end(): string {
    const { whole } = this.#builder;
    return whole ? JSON.stringify(whole) : '';
  }
}

export function writeResponse(form: ResponseForm, facts: RequestFacts): ResponseWriter {
  return form === 'sse' ? new StreamWriter(facts) : new WholeWriter(facts);
}
