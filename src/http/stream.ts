/** Streams a long text as the response, no faster than the client reads it. */
import type { Clock } from '../platform/clock.ts';
import type { Exchange } from './exchange.ts';

export interface TextStream {
  readonly status: number;
  readonly contentType: string;
  /** Stopped (`return`) when the client is gone or reads nothing for too long. */
  readonly pieces: AsyncIterable<string | Uint8Array>;
  /** Besides content-type and x-request-id. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface StreamOptions {
  readonly clock: Clock;
  /** How long a client may read nothing while bytes wait for it, in milliseconds. */
  readonly slowClientMs: number;
}

/**
 * Sends the pieces as they come. Between two of them whatever else waits in this process has its turn. Does
 * nothing when the response has begun or the client is gone.
 * @throws what the pieces throw: before the first one nothing has been answered; later the connection was
 * closed, so that what was sent cannot pass for the whole
 */
export async function sendStream(
  { req, res }: Exchange,
  { status, contentType, pieces, headers }: TextStream,
  { clock, slowClientMs }: StreamOptions,
): Promise<void> {
  if (res.headersSent || res.destroyed) return;
  const begin = () => res.writeHead(status, ['content-type', contentType, ...Object.entries(headers).flat()]);
  if (req.method === 'HEAD') {
    begin().end();
    return;
  }
  try {
    for await (const piece of pieces) {
      if (res.destroyed) return;
      if (!res.headersSent) begin();
      for (const part of partsOf(typeof piece === 'string' ? Buffer.from(piece) : piece)) {
        const taken = res.write(part) || (await drained(res, clock, slowClientMs));
        if (!taken) return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!res.headersSent) begin();
    res.end();
  } catch (error) {
    if (res.headersSent) res.destroy();
    throw error;
  }
}

/** So small that a client which reads slowly, but reads, has taken one before it counts as stalled. */
const partBytes = 16_384;

function* partsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes);
}

/** @returns false when the client is gone, or was closed because it read nothing */
function drained(res: Exchange['res'], clock: Clock, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (taken: boolean) => {
      stall.cancel();
      res.off('drain', onDrain).off('close', onClose);
      resolve(taken);
    };
    const onDrain = () => end(true);
    const onClose = () => end(false);
    const stall = clock.after(ms, () => {
      res.destroy();
      end(false);
    });
    res.on('drain', onDrain).on('close', onClose);
    if (res.destroyed) end(false);
  });
}
