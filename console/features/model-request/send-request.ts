/** Sends a model request with one of the account's keys through the playground, and reads the response as it arrives. */
import { createParser } from 'eventsource-parser';
import { api } from '../../api/client.ts';
import { sessionEnded } from '../../api/session-state.ts';
import type { ProtocolId } from './protocol-ids.ts';
import type { ModelRequest } from './protocols.ts';
import { type Output, readOutput } from './read-output.ts';

/** One event of a stream, or a whole response, as it came. */
export interface RawEvent {
  /** Milliseconds since the request was sent. */
  readonly atMs: number;
  readonly data: string;
}

export interface ResponseHead {
  readonly status: number;
  readonly requestId: string;
}

export interface ResponseEvents {
  onHead(head: ResponseHead): void;
  onEvent(event: RawEvent, output: Output): void;
}

interface SendOptions extends ResponseEvents {
  readonly keyId: number;
  readonly protocol: ProtocolId;
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
}

/** An event that is longer is not waited for. */
const eventCharactersMax = 8_000_000;

/**
 * @returns when the response is complete
 * @throws as `followRequest`
 */
export async function sendRequest(options: SendOptions): Promise<void> {
  const { keyId, request, signal, protocol, onHead, onEvent } = options;
  await followRequest({
    ...{ keyId, ...request, signal, onHead, eventCharactersMax },
    onData: (event) => onEvent(event, readOutput(protocol, parsed(event.data))),
  });
}

interface FollowOptions extends StartOptions {
  readonly eventCharactersMax: number;
  readonly onHead: (head: ResponseHead) => void;
  /** Gets each event of a stream, or a whole response, also one that is an error. */
  readonly onData: (event: RawEvent) => void;
}

/**
 * Sends a request and hands on what comes, as it comes.
 * @returns when the response is complete
 * @throws DOMException `AbortError` when it was stopped, TypeError when the gateway cannot be reached or breaks off
 */
export async function followRequest(options: FollowOptions): Promise<void> {
  const { onHead, onData, eventCharactersMax: charactersMax } = options;
  const sentAt = performance.now();
  const { error, response, head } = await startRequest(options);
  const take = (data: string) => onData({ atMs: performance.now() - sentAt, data });
  onHead(head);
  if (error !== undefined) {
    take(typeof error === 'string' ? error : JSON.stringify(error));
    return;
  }
  const { body, headers } = response;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream');
  if (body && isStream) await readStream(body, take, charactersMax);
  else take(await response.text());
}

interface StartOptions {
  readonly keyId: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a form. */
  readonly body: Readonly<Record<string, unknown>> | FormData;
  readonly signal: AbortSignal;
}

interface StartedResponse {
  readonly response: Response;
  readonly head: ResponseHead;
  /** The body of a response that is an error; undefined = it is none, and its body has not been read. */
  readonly error: unknown;
}

/**
 * Sends a request, and asks to sign in again where the session has ended.
 * @throws as `sendRequest`
 */
export async function startRequest({
  keyId,
  path,
  headers,
  body,
  signal,
}: StartOptions): Promise<StartedResponse> {
  const { error, response } = await api.POST('/api/playground', {
    params: { query: { token_id: keyId, path } },
    ...(headers && { headers }),
    // The document of the API describes bodies of JSON alone.
    body: body as ModelRequest['body'],
    parseAs: 'stream',
    signal,
  });
  if (response.status === 401 && isRefusedCall(error)) sessionEnded();
  const requestId = response.headers.get('x-request-id') ?? '';
  return { response, head: { status: response.status, requestId }, error };
}

/** Whether the gateway refused the call itself. A key that is refused has an error in the form of the protocol. */
function isRefusedCall(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'success' in value;
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  take: (data: string) => void,
  charactersMax: number,
): Promise<void> {
  const parser = createParser({
    maxBufferSize: charactersMax,
    onEvent: ({ data }) => {
      if (data !== '[DONE]') take(data);
    },
  });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

/** The JSON of a text; undefined = it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
