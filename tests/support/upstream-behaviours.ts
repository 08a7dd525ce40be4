/** Ready-made behaviours for the fake upstream: sound answers, and every fault that an upstream can have. */
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Behaviour, Exchange } from './upstream-exchange.ts';

type Headers = Readonly<Record<string, string>>;

/** Waits `ms` milliseconds, or less when the exchange is over first; says whether it still runs. */
async function pause(exchange: Exchange, ms: number): Promise<boolean> {
  if (ms > 0) await sleep(ms, undefined, { signal: exchange.over }).catch(() => {});
  return !exchange.over.aborted;
}

/** Answers with any status, headers and body once the whole request has arrived. */
export function answer(status: number, body: string | Buffer, headers: Headers = {}, delayMs = 0): Behaviour {
  return async (exchange) => {
    await exchange.wholeBody;
    if (!(await pause(exchange, delayMs))) return;
    exchange.response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
    exchange.response.end(body);
  };
}

/** Answers with a JSON value: `json({}, 500)`, `json({}, 429, { 'retry-after': '7' })`, `json({}, 401)`. */
export function json(value: unknown, status = 200, headers: Headers = {}, delayMs = 0): Behaviour {
  return answer(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers }, delayMs);
}

/** Chooses by the request, once its body has arrived. */
export function choose(pick: (exchange: Exchange, body: Buffer) => Behaviour): Behaviour {
  return async (exchange) => pick(exchange, await exchange.wholeBody)(exchange);
}

/** The first request gets the first behaviour, the second the second; the last one goes on for ever. */
export function inTurn(...behaviours: readonly [Behaviour, ...Behaviour[]]): Behaviour {
  let next = 0;
  return (exchange) => {
    const behaviour = behaviours[Math.min(next, behaviours.length - 1)] ?? behaviours[0];
    next += 1;
    return behaviour(exchange);
  };
}

/** Streams pieces as given, `gapMs` milliseconds apart, then ends soundly. */
export function pieces(parts: readonly (string | Buffer)[], gapMs = 0, headers: Headers = {}): Behaviour {
  return async (exchange) => {
    await exchange.wholeBody;
    exchange.response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    for (const [index, part] of parts.entries()) {
      if (index > 0 && !(await pause(exchange, gapMs))) return;
      exchange.response.write(part);
    }
    exchange.response.end();
  };
}

/** One chunk of an OpenAI chat stream as a server-sent event. */
export function chatChunk(text: string, finish: 'stop' | null = null): string {
  const choices = [{ index: 0, delta: { content: text }, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`;
}

/** An OpenAI chat stream: `count` chunks, `gapMs` apart, then usage (7 in, `count` out) and `[DONE]`. */
export function chatStream(count: number, gapMs = 0): Behaviour {
  const usage = { prompt_tokens: 7, completion_tokens: count, total_tokens: 7 + count };
  const last = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage };
  const chunks = Array.from({ length: count }, (_, index) =>
    chatChunk(`word${index} `, index === count - 1 ? 'stop' : null),
  );
  return pieces([...chunks, `data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`], gapMs);
}

/** A sound OpenAI chat answer: 7 tokens in, 3 out; as a stream of three chunks when `stream` is asked for. */
export function chatAnswer(): Behaviour {
  const message = { role: 'assistant', content: 'word0 word1 word2 ' };
  const whole = json({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  });
  return choose((_, body) => (/"stream"\s*:\s*true/.test(body.toString()) ? chatStream(3) : whole));
}

/** Takes the request and never says anything. */
export const hangBeforeHeaders: Behaviour = () => {};

/** Sends headers and, if given, a first piece of the body; then nothing more. */
export function hangAfterHeaders(first = '', headers: Headers = {}): Behaviour {
  return async ({ response, wholeBody }) => {
    await wholeBody;
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    response.flushHeaders();
    if (first !== '') response.write(first);
  };
}

/** Resets the connection (RST) as soon as the request line has arrived. */
export const resetAtOnce: Behaviour = ({ socket }) => void socket.resetAndDestroy();

/** The first request of a connection gets the first behaviour, each later one the other. */
export function onReuse(first: Behaviour, later: Behaviour): Behaviour {
  const used = new WeakSet<object>();
  return (exchange) => {
    if (used.has(exchange.socket)) return later(exchange);
    used.add(exchange.socket);
    return first(exchange);
  };
}

/** Streams the pieces, then resets the connection (RST) in the middle of the body. */
export function resetAfter(parts: readonly string[], gapMs = 0): Behaviour {
  return async (exchange) => {
    await exchange.wholeBody;
    exchange.response.writeHead(200, { 'content-type': 'text/event-stream' });
    exchange.response.flushHeaders();
    for (const part of parts) {
      exchange.response.write(part);
      if (!(await pause(exchange, gapMs))) return;
    }
    await pause(exchange, 50);
    exchange.socket.resetAndDestroy();
  };
}

/**
 * Writes bytes to the socket as they are once the request has arrived, and closes unless told not to. Such
 * a request is recorded as `aborted` in the end, whatever the bytes were.
 */
function rawBytes(bytes: string | Buffer, close = true): Behaviour {
  return async ({ socket, wholeBody }) => {
    await wholeBody;
    socket.write(bytes);
    if (close) socket.end();
  };
}

/** Bytes that are no HTTP at all. */
export const garbage: Behaviour = rawBytes(
  Buffer.from('\x00\xff\x16\x03garbage\r\nnot http at all\r\n\r\n', 'latin1'),
);

/** Declares `declared` body bytes and sends `sent` of them, then closes. */
export function wrongLength(declared: number, sent: number): Behaviour {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${declared}\r\n\r\n`;
  return rawBytes(head + 'x'.repeat(sent));
}

/** Header lines without end, written as fast as they are taken. */
export const endlessHeader: Behaviour = async (exchange) => {
  await exchange.wholeBody;
  exchange.socket.write('HTTP/1.1 200 OK\r\n');
  const block = Buffer.from(`x-filler: ${'y'.repeat(1000)}\r\n`.repeat(16));
  await writeUnderBackpressure(exchange.socket, block, Number.POSITIVE_INFINITY);
};

/** Repeats `block` up to `bytes` bytes, waiting whenever the other side does not read; ends when it closes. */
async function writeUnderBackpressure(to: Writable, block: Buffer, bytes: number): Promise<void> {
  for (let left = bytes; left > 0 && !to.destroyed; left -= block.length) {
    if (to.write(left < block.length ? block.subarray(0, left) : block)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        to.off('drain', go);
        to.off('close', go);
        resolve();
      };
      to.on('drain', go);
      to.on('close', go);
    });
  }
}

/**
 * A body of `bytes` bytes made while it is sent, under backpressure: memory stays flat here, and
 * `recorded.bytesTaken()` tells how much the other side has let through. Lines are server-sent events.
 */
export function hugeBody(
  bytes: number,
  headers: Headers = { 'content-type': 'text/event-stream' },
  start = '',
): Behaviour {
  const block = Buffer.from(`data: ${'z'.repeat(1016)}\n\n`.repeat(64));
  return async ({ wholeBody, response }) => {
    await wholeBody;
    response.writeHead(200, { 'content-length': start.length + bytes, ...headers });
    response.write(start);
    await writeUnderBackpressure(response, block, bytes);
    response.end();
  };
}

/** A JSON answer that is compressed although nobody asked for it. */
export function gzipped(value: unknown): Behaviour {
  const body = gzipSync(JSON.stringify(value));
  return answer(200, body, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
}

/**
 * Refuses as soon as the headers have arrived, while the upload may still be running, and reads no more. The
 * connection stays open until the other side closes it, as servers do that want their answer to be read.
 */
export function earlyRefusal(status = 413, value: unknown = { error: { message: 'too early' } }): Behaviour {
  return ({ request, socket }) => {
    request.pause();
    const body = JSON.stringify(value);
    socket.write(
      `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\nconnection: close\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };
}
