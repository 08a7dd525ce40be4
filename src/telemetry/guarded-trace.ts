/** The border of this room: what fails in a trace costs its span, and never the request. */
import type { RequestTrace, TraceRequests } from '../observe/request-trace.ts';

type OnFault = (error: unknown) => void;

/** @returns what `work` returns; `otherwise` when it fails */
function attempt<Result>(onFault: OnFault, otherwise: Result, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    onFault(error);
    return otherwise;
  }
}

/** @returns as `begin`, of which nothing throws; a request whose trace cannot begin has none */
export function guardedTraces(begin: TraceRequests, onFault: OnFault): TraceRequests {
  return (request) =>
    attempt(onFault, undefined, () => {
      const trace = begin(request);
      return trace && new GuardedTrace(trace, onFault);
    });
}

class GuardedTrace implements RequestTrace {
  readonly traceId: string;
  readonly #trace: RequestTrace;
  readonly #onFault: OnFault;

  constructor(trace: RequestTrace, onFault: OnFault) {
    this.traceId = trace.traceId;
    this.#trace = trace;
    this.#onFault = onFault;
  }

  get takesContent(): boolean {
    return attempt(this.#onFault, false, () => this.#trace.takesContent);
  }

  begin(...args: Parameters<RequestTrace['begin']>): void {
    attempt(this.#onFault, undefined, () => this.#trace.begin(...args));
  }

  upstreamHeaders(rawHeaders: readonly string[]): readonly string[] {
    return attempt(this.#onFault, rawHeaders, () => this.#trace.upstreamHeaders(rawHeaders));
  }

  request(body: readonly Buffer[]): void {
    attempt(this.#onFault, undefined, () => this.#trace.request(body));
  }

  response(piece: Buffer): void {
    attempt(this.#onFault, undefined, () => this.#trace.response(piece));
  }

  child(startedAt: number): RequestTrace | undefined {
    return attempt(this.#onFault, undefined, () => {
      const child = this.#trace.child(startedAt);
      return child && new GuardedTrace(child, this.#onFault);
    });
  }

  end(...args: Parameters<RequestTrace['end']>): void {
    attempt(this.#onFault, undefined, () => this.#trace.end(...args));
  }
}
