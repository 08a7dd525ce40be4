/** A chat client that sees every byte: what arrived, when it ended and how. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestByTls } from 'node:https';
import { until } from '../support/until.ts';

export interface ChatOptions {
  readonly body?: unknown;
  readonly rawBody?: string | Buffer;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Stop after the head. The body is not read until `resume`. */
  readonly paused?: boolean;
}

export interface ChatStream {
  readonly request: ClientRequest;
  /** Returns the head; rejects when the connection closed without one. */
  head(): Promise<{ status: number; headers: IncomingMessage['headers'] }>;
  /** The received part of the body. */
  text(): string;
  /** Resolves when the body contains `part`. */
  sees(part: string): Promise<void>;
  /** Resolves at the end of the response: `whole`, or `broken` when the connection closed within it. */
  end(): Promise<'whole' | 'broken'>;
  resume(): void;
  leave(): void;
}

/** Sends a chat request on a new connection. */
export function chat(url: string, key: string, options: ChatOptions = {}): ChatStream {
  const payload =
    options.rawBody ??
    JSON.stringify(options.body ?? { model: 'test-model', messages: [{ role: 'user', content: 'hi' }] });
  const send = url.startsWith('https:') ? requestByTls : request;
  const outgoing = send(url + (options.path ?? '/v1/chat/completions'), {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
      ...options.headers,
    },
  });
  outgoing.on('error', () => {});
  outgoing.end(payload);
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString('utf8');
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  const ended = answered.then(
    async ([incoming]): Promise<'whole' | 'broken'> => {
      incoming.on('error', () => {});
      if (!options.paused) incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      await new Promise((resolve) => incoming.once('close', resolve));
      return incoming.complete ? 'whole' : 'broken';
    },
    () => 'broken' as const,
  );
  answered.catch(() => {});
  return {
    request: outgoing,
    async head() {
      const [incoming] = await answered;
      return { status: incoming.statusCode ?? 0, headers: incoming.headers };
    },
    text,
    sees: (part) => until(() => text().includes(part)),
    end: () => ended,
    resume() {
      void answered.then(([incoming]) => incoming.on('data', (chunk: Buffer) => chunks.push(chunk)));
    },
    leave: () => void outgoing.destroy(),
  };
}

/** The body of a streamed chat request. */
export const streamed = {
  model: 'test-model',
  stream: true,
  messages: [{ role: 'user', content: 'hi' }],
};
