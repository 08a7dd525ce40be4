/** Makes a translator of a client's form and an upstream's form. Pure. */
import type { HalleyError } from '../../platform/errors.ts';
import type { Piece } from '../events/piece.ts';
import type { JsonObject, ResponseForm } from '../protocol.ts';
import { checkFates } from './fates.ts';
import { Losses, type TranslationPolicy } from './losses.ts';
import type { ClientForm, RequestFacts, ResponseReader, ResponseWriter, UpstreamForm } from './parts.ts';

export interface TranslatedRequest {
  readonly body: JsonObject;
  /** Fields that were left out or changed. */
  readonly dropped: readonly string[];
}

export class Translation {
  readonly #client: ClientForm;
  readonly #upstream: UpstreamForm;

  constructor(client: ClientForm, upstream: UpstreamForm) {
    this.#client = client;
    this.#upstream = upstream;
  }

  /**
   * @param body the client's request, which its operation has checked
   * @param model the upstream's name of the model
   * @throws HalleyError('invalid_body') naming a field that the upstream's form cannot express
   */
  request(body: JsonObject, model: string, policy: TranslationPolicy): TranslatedRequest {
    const losses = new Losses(policy, this.#upstream.name);
    checkFates(body, this.#client.fates, this.#upstream.name, losses);
    const request = this.#client.readRequest(body, losses);
    return { body: this.#upstream.writeRequest(request, model, losses), dropped: losses.dropped };
  }

  /** The form in which the upstream responds to what the client gets in this form. */
  upstreamForm(form: ResponseForm): ResponseForm {
    return this.#upstream.responseForm(form !== 'json');
  }

  /** @param form of the client's response */
  response(form: ResponseForm, facts: RequestFacts): TranslatedResponse {
    const reader = this.#upstream.readResponse(this.upstreamForm(form));
    return new TranslatedResponse(reader, this.#client.writeResponse(form, facts));
  }

  error(status: number, body: JsonObject): HalleyError {
    return this.#upstream.readError(status, body);
  }
}

/** Translates one response while it arrives. */
export class TranslatedResponse {
  readonly #reader: ResponseReader;
  readonly #writer: ResponseWriter;

  constructor(reader: ResponseReader, writer: ResponseWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** @returns what the client may have of it; '' = nothing yet */
  push(piece: Piece): string {
    return this.#write(this.#reader.push(piece));
  }

  /** @returns the end, once the upstream's response is over */
  end(): string {
    return this.#write(this.#reader.end()) + this.#writer.end();
  }

  #write(events: ReturnType<ResponseReader['push']>): string {
    return events.map((event) => this.#writer.push(event)).join('');
  }
}
