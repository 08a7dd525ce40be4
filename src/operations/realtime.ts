/** The endpoints of OpenAI's realtime API: a WebSocket, and the secrets that browsers open it with. Pure; raw paths. */
import type { ProtocolName } from '../domain/protocol-name.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { queryValue } from './query.ts';

export const realtimePath = '/v1/realtime';
export const clientSecretsPath = '/v1/realtime/client_secrets';

/** Endpoints that hand out what leads past the gateway: a provider's own secret, or a call that it ends. */
const passingBy = /^\/v1\/realtime\/(?:calls|sessions|transcription_sessions|translations)(?:\/|$)/;

/**
 * Whether a model can be used by sessions.
 * @param modelType by the price list
 * @param offers whether a channel of the protocol has the model
 */
export function servesRealtime(modelType: string, offers: (protocol: ProtocolName) => boolean): boolean {
  return modelType === 'realtime' && offers('openai');
}

/** Whether a path may become a WebSocket. */
export function isSocketPath(path: string): boolean {
  return path === realtimePath;
}

/**
 * The model of a session.
 * @param query raw
 * @throws HalleyError('invalid_value') for a session of a call or of transcription alone
 */
export function modelOfSession(query: string): string | undefined {
  if (queryValue(query, 'call_id') !== undefined) {
    const message = 'Calls are not supported here. Open a WebSocket with "model" instead of "call_id".';
    throw new HalleyError('invalid_value', { message, param: 'call_id' });
  }
  if (queryValue(query, 'intent') !== undefined) {
    const message =
      'Transcription-only sessions are not supported here. Open a WebSocket with "model", and set the transcription of its input.';
    throw new HalleyError('invalid_value', { message, param: 'intent' });
  }
  const model = queryValue(query, 'model');
  if (model !== undefined && model.length > limits.model_id_chars_max) {
    throw new HalleyError('invalid_value', { message: 'The name of the model is too long.', param: 'model' });
  }
  return model === '' ? undefined : model;
}

/** @throws HalleyError('endpoint_not_offered') for an endpoint that leads past the gateway */
export function refusePassingBy(path: string): void {
  if (!passingBy.test(path)) return;
  const message =
    'This gateway does not hand out sessions, calls or secrets of a provider, which it could neither charge nor end. Use /v1/realtime/client_secrets and the WebSocket /v1/realtime.';
  throw new HalleyError('endpoint_not_offered', { message });
}
