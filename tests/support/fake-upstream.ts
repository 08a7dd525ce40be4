/**
 * A scriptable upstream over real sockets: tests say how it behaves for a path and then look at what reached
 * it. Ready-made behaviours, good and evil, are in upstream-behaviours.ts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { until } from './until.ts';
import { chatAnswer } from './upstream-behaviours.ts';
import type { Behaviour, Exchange, RecordedRequest } from './upstream-exchange.ts';

export interface FakeUpstream {
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  readonly port: number;
  /** Every request since the start, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /**
   * Sets the behaviour for paths that begin with `prefix`; the longest prefix wins, and `''` is the default
   * for all. At first everything gets `chatAnswer()`.
   */
  on(prefix: string, behaviour: Behaviour): void;
  openConnections(): number;
  /** Connections accepted since the start. */
  totalConnections(): number;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

function record(request: IncomingMessage, response: ServerResponse): Exchange {
  const chunks: Buffer[] = [];
  const socket = request.socket;
  const takenBefore = socket.bytesWritten - socket.writableLength;
  let takenAtEnd: number | undefined;
  const taken = () => socket.bytesWritten - socket.writableLength - takenBefore;
  const recorded: RecordedRequest = {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: () => Buffer.concat(chunks),
    bodyComplete: false,
    state: 'running',
    bytesTaken: () => takenAtEnd ?? taken(),
  };
  const wholeBody = new Promise<Buffer>((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      recorded.bodyComplete = true;
      resolve(recorded.body());
    });
  });
  const over = new AbortController();
  response.on('close', () => {
    takenAtEnd = taken();
    recorded.state = response.writableFinished ? 'answered' : 'aborted';
    over.abort();
  });
  request.on('error', () => {});
  return { request, response, socket, recorded, wholeBody, over: over.signal };
}

/** Starts an upstream on a free loopback port. Close it when the test ends. */
export async function startFakeUpstream(): Promise<FakeUpstream> {
  const behaviours = new Map<string, Behaviour>([['', chatAnswer()]]);
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  let total = 0;

  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000 });
  server.on('connection', (socket) => {
    total += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    const exchange = record(request, response);
    requests.push(exchange.recorded);
    const prefix = [...behaviours.keys()]
      .filter((candidate) => exchange.recorded.url.startsWith(candidate))
      .reduce((longest, candidate) => (candidate.length > longest.length ? candidate : longest));
    const run = async () => behaviours.get(prefix)?.(exchange);
    run().catch(() => exchange.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    on: (prefix, behaviour) => void behaviours.set(prefix, behaviour),
    openConnections: () => sockets.size,
    totalConnections: () => total,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Waits until the newest request's answer has begun and stands still: the other side reads no more.
 * @returns the bytes that were taken of it
 */
export async function bytesTakenWhenPaused(upstream: FakeUpstream): Promise<number> {
  let taken = -1;
  await until(() => {
    const now = upstream.requests.at(-1)?.bytesTaken() ?? 0;
    const still = now > 0 && now === taken;
    taken = now;
    return still;
  }, 300);
  return taken;
}
