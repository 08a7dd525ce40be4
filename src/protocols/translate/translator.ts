/**
 * Translates between the client's protocol of a request and the protocol of the upstream that serves it. Without a
 * translator both speak the same one, and bytes pass untouched.
 */
import type { HalleyError } from '../../platform/errors.ts';
import type { Piece } from '../events/piece.ts';
import type { JsonObject, ResponseForm } from '../protocol.ts';

export interface Translator {
  /**
   * @param body the client's request, which its operation has checked
   * @param model the upstream's name of the model
   * @returns the upstream's request
   * @throws HalleyError('invalid_body') naming a field that the upstream's protocol cannot express
   */
  request(body: JsonObject, model: string): JsonObject;
  /** The form in which the upstream responds to what the client gets in this form. */
  upstreamForm(form: ResponseForm): ResponseForm;
  /** @param form of the client's response */
  response(form: ResponseForm): ResponseTranslator;
  /** The client's own error, which the upstream reported. */
  error(status: number, body: JsonObject): HalleyError;
}

/** Translates one response while it arrives. */
export interface ResponseTranslator {
  /**
   * @param piece of a stream, whole events
   * @returns what the client may have of it; undefined = nothing yet
   */
  push(piece: Piece): Buffer | undefined;
  /** @returns the end, once the upstream's response is complete */
  end(): Buffer | undefined;
}
