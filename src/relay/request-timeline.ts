/** Notes when each phase of a request ended, and what each upstream that it tried did. */
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { RequestCourse, TryResult, UpstreamTry } from '../domain/request-course.ts';
import type { RequestTrace } from '../observe/request-trace.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { ErrorMeaning } from '../protocols/upstream/error-rules.ts';
import type { AttemptOutcome, UpstreamTarget } from '../upstreams/upstreams.ts';

/** What is noted of the target of a try. */
export type TriedTarget = Pick<
  UpstreamTarget,
  'channelId' | 'channelName' | 'keyNumber' | 'origin' | 'model' | 'kind'
>;

type Noted<Of> = { -readonly [Member in keyof Of]: Of[Member] };

const resultOfOutcome: Readonly<Record<AttemptOutcome, TryResult>> = {
  ok: 'ok',
  connect_failed: 'unreachable',
  timeout: 'timeout',
  broken: 'broken',
  server_error: 'failed',
  busy: 'busy',
  refused: 'credentials',
  used_up: 'used_up',
  model_refused: 'model_refused',
};

export class RequestTimeline {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #startedAt: number;
  /** Undefined = the request is not traced. */
  readonly trace: RequestTrace | undefined;
  readonly #tries: UpstreamTry[] = [];
  #authorizedMs = -1;
  #readMs = -1;
  #admittedMs = -1;
  /** The try that is under way. */
  #current: Noted<UpstreamTry> | undefined;

  /** @param startedAt when the request arrived, in monotonic milliseconds */
  constructor(clock: Pick<Clock, 'monotonic'>, startedAt: number, trace?: RequestTrace) {
    this.#clock = clock;
    this.#startedAt = startedAt;
    this.trace = trace;
  }

  /** Milliseconds since the request arrived. */
  get elapsed(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** Of the present try; undefined = no byte of a response came. */
  get firstByteMs(): number | undefined {
    const { firstByteMs = -1 } = this.#current ?? {};
    return firstByteMs < 0 ? undefined : firstByteMs;
  }

  authorized(): void {
    this.#authorizedMs = this.elapsed;
  }

  bodyRead(): void {
    this.#readMs = this.elapsed;
  }

  admitted(): void {
    this.#admittedMs = this.elapsed;
  }

  /**
   * Begins a try, which ends the one before. Beyond the most tries of a record, the last one replaces the one before.
   * @param protocol the one that the upstream speaks
   */
  begin(target: TriedTarget, protocol: ProtocolName = 'openai'): void {
    this.#endTry();
    if (this.#tries.length >= limits.record_tries_max) this.#tries.pop();
    this.#current = {
      channelId: target.channelId,
      channelName: target.channelName,
      keyNumber: target.keyNumber,
      status: 0,
      result: 'ended',
      startMs: this.elapsed,
      sentMs: -1,
      firstByteMs: -1,
      endMs: -1,
    };
    this.#tries.push(this.#current);
    this.trace?.begin(this.#tries.length - 1, target, protocol);
  }

  /** @returns the client's headers (name, value, name, value) as the upstream of the present try gets them */
  upstreamHeaders(rawHeaders: readonly string[]): readonly string[] {
    return this.trace ? this.trace.upstreamHeaders(rawHeaders) : rawHeaders;
  }

  sent(): void {
    if (this.#current) this.#current.sentMs = this.elapsed;
  }

  responded(status: number): void {
    if (this.#current) this.#current.status = status;
  }

  byteCame(): void {
    if (this.#current && this.#current.firstByteMs < 0) this.#current.firstByteMs = this.elapsed;
  }

  result(result: TryResult): void {
    if (this.#current) this.#current.result = result;
  }

  /** As `result`, from what a response meant. */
  resultOf(meaning: ErrorMeaning): void {
    const { status = 0 } = this.#current ?? {};
    this.result(meaning !== 'own' ? meaning : status < 300 ? 'ok' : 'request_refused');
  }

  /** As `result`, from a failure of the connection. */
  failed(outcome: AttemptOutcome): void {
    this.result(resultOfOutcome[outcome]);
  }

  #endTry(): void {
    if (this.#current && this.#current.endMs < 0) this.#current.endMs = this.elapsed;
  }

  /** Ends the last try: nothing more comes of it. @param isWhole whether it gave a whole response */
  close(isWhole: boolean): void {
    this.#endTry();
    if (isWhole && this.#current?.result === 'ended') this.resultOf('own');
  }

  /** The course up to now, which is when the request is settled. Times are rounded. */
  course(): RequestCourse {
    const { authorizedMs, readMs, admittedMs, settledMs, tries } = this.exactCourse();
    return {
      authorizedMs: Math.round(authorizedMs),
      readMs: Math.round(readMs),
      admittedMs: Math.round(admittedMs),
      settledMs: Math.round(settledMs),
      tries: tries.map(rounded),
    };
  }

  /** As `course`, with times as they were measured. */
  exactCourse(): RequestCourse {
    return {
      authorizedMs: this.#authorizedMs,
      readMs: this.#readMs,
      admittedMs: this.#admittedMs,
      settledMs: this.elapsed,
      tries: this.#tries,
    };
  }
}

function rounded(made: UpstreamTry): UpstreamTry {
  const { startMs, sentMs, firstByteMs, endMs } = made;
  return {
    ...made,
    startMs: Math.round(startMs),
    sentMs: Math.round(sentMs),
    firstByteMs: Math.round(firstByteMs),
    endMs: Math.round(endMs),
  };
}
