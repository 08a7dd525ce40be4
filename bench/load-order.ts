/** Messages between the bench and its load generator, sent as JSON. */
import type { AnswerKind } from './answers.ts';

export interface RequestShape {
  readonly method: string;
  /** May contain `{}`, which each request replaces with the next of `values`. */
  readonly path: string;
  /** A value may contain `{}` too. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadOrder {
  readonly port: number;
  /** Number of connections. They stay open from one order to the next. */
  readonly connections: number;
  readonly request: RequestShape;
  /** A file with one value on each line, used in turn for `{}`. */
  readonly valuesFile?: string;
  /** The expected status of every response. */
  readonly status: number;
  /** The expected response, byte for byte; absent means any body. */
  readonly answer?: AnswerKind;
  /** Text that every response must contain; checked only without `answer`. */
  readonly holds?: string;
  /**
   * `closed`: each connection repeats its request after each response, for `ms` or until `requestsMax` were sent.
   * `open`: `perSecond` requests independent of the responses, for `ms`; with `rests` the load generator sleeps for a
   * millisecond at a time between them, and does not occupy a core. `hold`: each connection sends one request
   * and stays open; the order ends when all have received the first bytes of a body.
   */
  readonly mode:
    | { readonly kind: 'closed'; readonly ms: number; readonly requestsMax?: number }
    | { readonly kind: 'open'; readonly ms: number; readonly perSecond: number; readonly rests?: true }
    | { readonly kind: 'hold' };
}

export interface LoadReport {
  readonly requests: number;
  readonly ms: number;
  /** Counts each kind of failure. Any failure makes the measurement invalid. */
  readonly failures: Readonly<Record<string, number>>;
  /**
   * Milliseconds from when a request was due to the last byte of its response; of an `open` order after its first
   * tenth.
   */
  readonly latency?: { readonly p50: number; readonly p99: number };
}

/** `release` closes all connections to a port. */
export type LoadMessage =
  | { readonly id: number; readonly order: LoadOrder }
  | { readonly id: number; readonly release: number };
export interface LoadReply {
  readonly id: number;
  readonly report: LoadReport;
}
