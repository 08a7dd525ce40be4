/**
 * The upstream of the cluster tests: responds quickly, records which attempts reached it, and stamps each chunk of
 * a stream with the time of sending. The stamp bounds when the gateway forwarded the chunk.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FleetUpstream {
  readonly origin: string;
  /** Ids of the attempts that reached it. */
  readonly reached: Set<number>;
  /** Requests with a complete response. */
  answered: number;
  /** Milliseconds before a complete response is sent. */
  delayMs: number;
  /** Streams that are being sent. */
  streams(): number;
  close(): Promise<void>;
}

/** Milliseconds between two chunks of a stream. */
const pieceMs = 5;

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const whole = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage,
});

/** The text that identifies a request. */
export const attemptMark = (id: number): string => `attempt ${id}.`;

function piece(): string {
  const delta = { content: `sent ${performance.now().toFixed(3)};` };
  const choices = [{ index: 0, delta, finish_reason: null }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`;
}

/** Returns the stamps of the chunks in a text. */
export function stampsIn(text: string): readonly number[] {
  return [...text.matchAll(/sent ([\d.]+);/g)].map((match) => Number(match[1]));
}

export async function startFleetUpstream(): Promise<FleetUpstream> {
  const streaming = new Set<ServerResponse>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    response.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString();
      const id = /attempt (\d+)\./.exec(body)?.[1];
      if (id !== undefined) upstream.reached.add(Number(id));
      if (/"stream"\s*:\s*true/.test(body)) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        streaming.add(response);
        response.on('close', () => streaming.delete(response));
        return;
      }
      if (upstream.delayMs > 0) await sleep(upstream.delayMs);
      response.on('finish', () => {
        upstream.answered += 1;
      });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
      response.end(whole);
    });
  });
  const ticking = setInterval(() => {
    for (const response of streaming) response.write(piece());
  }, pieceMs);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream: FleetUpstream = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached: new Set(),
    answered: 0,
    delayMs: 0,
    streams: () => streaming.size,
    close() {
      clearInterval(ticking);
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  return upstream;
}
