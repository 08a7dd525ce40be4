/** The client's side of a protocol: how errors look, and which headers its clients read. Pure values. */
import type { ProtocolName } from '../../domain/protocol-name.ts';
import type { HalleyError } from '../../platform/errors.ts';
import type { ResponseForm } from '../protocol.ts';

export interface ErrorContext {
  readonly requestId: string;
  /** `cometapi` renders the statuses, types and codes of CometAPI where ours differ. */
  readonly compat: 'none' | 'cometapi';
}

export interface RenderedError {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

export interface ClientProtocol {
  readonly name: ProtocolName;
  /** An error as the whole response; its text holds the request id. */
  renderError(error: HalleyError, context: ErrorContext): RenderedError;
  /** An error inside a response that has begun, in the form of that response; '' when the form has no room for one. */
  renderBreak(error: HalleyError, form: ResponseForm, context: ErrorContext, anyBytesSent: boolean): string;
  /** Where this protocol's clients look for the request id, besides `x-request-id`. */
  readonly requestIdHeader?: string;
}
