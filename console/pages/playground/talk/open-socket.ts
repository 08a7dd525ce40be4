/**
 * Opens a realtime session with one of the account's keys. The playground makes a client secret of that key, which the
 * socket offers as its subprotocol: the cookie of the session opens nothing, so a page of another site cannot either.
 */
import { readOutput } from '../../../features/model-request/read-output.ts';
import { startRequest } from '../../../features/model-request/send-request.ts';

/** Seconds: it is used at once. */
const secretSeconds = 10;

/**
 * @returns a socket that is being opened
 * @throws Error with what the gateway says, when the key may not use the model; DOMException `AbortError`; TypeError when
 * the gateway cannot be reached
 */
export async function openSocket(keyId: number, model: string, signal: AbortSignal): Promise<WebSocket> {
  const body = {
    expires_after: { anchor: 'created_at', seconds: secretSeconds },
    session: { type: 'realtime', model },
  };
  const { response, error } = await startRequest({
    keyId,
    path: '/v1/realtime/client_secrets',
    body,
    signal,
  });
  if (error !== undefined) throw new Error(readOutput('openai', error).error ?? JSON.stringify(error));
  const { value } = (await response.json()) as { value?: unknown };
  const url = new URL('/v1/realtime', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('model', model);
  return new WebSocket(url, ['realtime', `openai-insecure-api-key.${String(value)}`]);
}
