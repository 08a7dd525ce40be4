/** Notes when each phase of a request ended, and what each upstream that it tried did. */
import type { RequestCourse, TryResult, UpstreamTry } from '../domain/request-course.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { ErrorMeaning } from '../protocols/upstream/error-rules.ts';
import type { AttemptOutcome, UpstreamTarget } from '../upstreams/upstreams.ts';

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
  readonly #tries: UpstreamTry[] = [];
  #authorizedMs = -1;
  #readMs = -1;
  #admittedMs = -1;
  /** The try that is under way. */
  #current: Noted<UpstreamTry> | undefined;

  /** @param startedAt when the request arrived, in monotonic milliseconds */
  constructor(clock: Pick<Clock, 'monotonic'>, startedAt: number) {
    this.#clock = clock;
    this.#startedAt = startedAt;
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

  /** Begins a try, which ends the one before. Beyond the most tries of a record, the last one replaces the one before. */
  begin(target: Pick<UpstreamTarget, 'channelId' | 'channelName' | 'keyNumber'>): void {
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
    return {
      authorizedMs: Math.round(this.#authorizedMs),
      readMs: Math.round(this.#readMs),
      admittedMs: Math.round(this.#admittedMs),
      settledMs: Math.round(this.elapsed),
      tries: this.#tries.map(rounded),
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
