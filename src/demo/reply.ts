/** Reply of a demo endpoint, which the demo server sends. */

export type DemoReply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown }
  | {
      readonly kind: 'stream';
      readonly contentType: string;
      /** Sent one after the other with the pause between them. */
      readonly parts: Iterable<string>;
      readonly chunkMs: number;
    };

/** What every endpoint is told besides the body. */
export interface DemoContext {
  /** Made from the request, 24 hexadecimal digits: the same request gets the same id. */
  readonly id: string;
  /** Seconds since 1970 UTC. */
  readonly now: number;
  /** Pause between the chunks of a stream in milliseconds, where the request chooses none. */
  readonly chunkMs: number;
}

export const jsonReply = (body: unknown, status = 200): DemoReply => ({ kind: 'json', status, body });

export const sseReply = (parts: Iterable<string>, chunkMs: number): DemoReply => ({
  kind: 'stream',
  contentType: 'text/event-stream; charset=utf-8',
  parts,
  chunkMs,
});
