/** Reply of a demo endpoint, which the demo server sends. */

export type DemoReply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown }
  | {
      readonly kind: 'bytes';
      readonly contentType: string;
      readonly body: Buffer;
      /** 200 where it is missing. */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'stream';
      readonly contentType: string;
      /** Sent one by one with a pause between them. */
      readonly parts: Iterable<string>;
      readonly chunkMs: number;
    };

/** What every endpoint receives besides the body. */
export interface DemoContext {
  /** Derived from the request, 24 hexadecimal digits: equal requests get the same id. */
  readonly id: string;
  /** Seconds since 1970 UTC. */
  readonly now: number;
  /** Default pause between the chunks of a stream in milliseconds. */
  readonly chunkMs: number;
}

export const jsonReply = (body: unknown, status = 200): DemoReply => ({ kind: 'json', status, body });

export const bytesReply = (contentType: string, body: Buffer): DemoReply => ({
  kind: 'bytes',
  contentType,
  body,
});

export const sseReply = (parts: Iterable<string>, chunkMs: number): DemoReply => ({
  kind: 'stream',
  contentType: 'text/event-stream; charset=utf-8',
  parts,
  chunkMs,
});
