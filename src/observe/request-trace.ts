/** What the relay tells a trace of a model request. Without OpenTelemetry there is no trace, and nobody asks for one. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { RequestCourse } from '../domain/request-course.ts';
import type { Usage } from '../domain/usage.ts';
import type { RequestSummary } from './request-log.ts';

/** A request as it arrived; without a method, something that the gateway asks an upstream by itself. */
export interface TracedRequest {
  readonly req: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders };
  /** Without the query. */
  readonly path: string;
  /** When it arrived, in monotonic milliseconds. */
  readonly startedAt: number;
}

/** Where a try goes. */
export interface TracedTarget {
  readonly channelId: number;
  readonly keyNumber: number;
  /** Scheme, host and port. */
  readonly origin: string;
  /** The model's name at the upstream. */
  readonly model: string;
  /** Of the channel. */
  readonly kind: string;
}

/** What ends a trace, besides the summary of the request. */
export interface TraceEnd {
  readonly trace: RequestTrace;
  readonly accountId: number | undefined;
  /** The group for which the channel served it; '' = none did. */
  readonly group: string;
  readonly stream: boolean;
  /** The upstream's own id of the response; '' when it sent none. */
  readonly responseId: string;
  /** The beginning of the upstream's response; undefined = it is not known. */
  readonly responseStart: Buffer | undefined;
  readonly usage: Usage;
  /** Its times are not rounded. */
  readonly course: RequestCourse;
}

/** Nothing of it throws: what fails in it costs the trace alone. */
export interface RequestTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Whether prompt and response are wanted. */
  readonly takesContent: boolean;
  /**
   * A try begins.
   * @param index its place in the course of the request; another try may have had it before
   * @param protocol the one that the upstream speaks
   */
  begin(index: number, target: TracedTarget, protocol: ProtocolName): void;
  /** @returns the client's headers (name, value, name, value) as the upstream of the present try gets them */
  upstreamHeaders(rawHeaders: readonly string[]): readonly string[];
  /** @param body JSON, of one client protocol */
  request(body: readonly Buffer[]): void;
  /** A part of the response as the client gets it, in order. */
  response(piece: Buffer): void;
  /** A part of the request with a summary of its own, such as one response of a realtime session; undefined as of `TraceRequests`. */
  child(startedAt: number): RequestTrace | undefined;
  /** Ends it, once. Must cost little. */
  end(summary: RequestSummary, end: TraceEnd): void;
}

/** Begins the trace of a request. @returns undefined = it could not, and the request has none */
export type TraceRequests = (request: TracedRequest) => RequestTrace | undefined;

/**
 * Receives the summary of every model request. Must cost little and never throw.
 * @param traced undefined = the request is not traced
 */
export type RequestObserver = (summary: RequestSummary, traced?: TraceEnd) => void;
