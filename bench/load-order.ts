/** What the bench asks of its load generator, and what it hears back. Travels as JSON between the two. */
import type { AnswerKind } from './answers.ts';

export interface RequestShape {
  readonly method: string;
  /** May hold `{}`, which each request fills with the next of `values`. */
  readonly path: string;
  /** A value may hold `{}` too. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadOrder {
  readonly port: number;
  /** Connections used at a time; they are kept open from one order to the next. */
  readonly connections: number;
  readonly request: RequestShape;
  /** A file of values, one a line, taken in turn; `{}` in the request stands for them. */
  readonly valuesFile?: string;
  /** The status that every answer must have. */
  readonly status: number;
  /** The answer that must come byte for byte (so its length and usage too); absent = any body. */
  readonly answer?: AnswerKind;
  /** Text that every answer must hold; looked for only when `answer` is absent. */
  readonly holds?: string;
  /**
   * `closed`: each connection asks again when answered, for `ms` or until `requestsMax` were sent.
   * `open`: `perSecond` requests whatever the answers do, for `ms`.
   * `hold`: each connection asks once and is kept; answers when all have had the first bytes of a body.
   */
  readonly mode:
    | { readonly kind: 'closed'; readonly ms: number; readonly requestsMax?: number }
    | { readonly kind: 'open'; readonly ms: number; readonly perSecond: number }
    | { readonly kind: 'hold' };
}

export interface LoadReport {
  readonly requests: number;
  readonly ms: number;
  /** What went wrong, and how often. Anything here makes the measurement worthless. */
  readonly failures: Readonly<Record<string, number>>;
  /** Milliseconds from when a request came up to the last byte of its answer, of an `open` order after its first tenth. */
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
