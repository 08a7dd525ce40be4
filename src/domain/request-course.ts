/**
 * The course of a model request for its record: when each phase ended, and what each upstream that was tried did. Pure.
 * All times are whole milliseconds from the arrival of the request; -1 = it did not get that far.
 */

/** How a try ended, and so why the next one was made. */
export const tryResults = [
  /** It responded. */
  'ok',
  /** It refused the request itself: no other upstream would have taken it. */
  'request_refused',
  'no_model',
  'credentials',
  /** The account behind its key has no credit left. */
  'used_up',
  /** Its key may not use the model. */
  'model_refused',
  'busy',
  /** It answered with an error of its own, or with no usable answer. */
  'failed',
  'unreachable',
  'timeout',
  /** It broke off. */
  'broken',
  /** It had closed the idle connection; the request is sent to it once more. */
  'stale_connection',
  /** It refused to be asked for usage; the request is sent to it once more without. */
  'usage_refused',
  /** It does not serve the path. */
  'no_endpoint',
  /** The gateway or the client ended the request before it responded. */
  'ended',
] as const;

export type TryResult = (typeof tryResults)[number];

/** One try at one upstream. */
export interface UpstreamTry {
  readonly channelId: number;
  readonly channelName: string;
  /** Which of the keys of its channel was used, from 1; 0 = the channel has none. */
  readonly keyNumber: number;
  /** HTTP status of its response; 0 = none came. */
  readonly status: number;
  readonly result: TryResult;
  readonly startMs: number;
  /** When the request began to be written to a connection. */
  readonly sentMs: number;
  readonly firstByteMs: number;
  readonly endMs: number;
}

export interface RequestCourse {
  /** When the key had been found and accepted. */
  readonly authorizedMs: number;
  /** When the body had been read. */
  readonly readMs: number;
  /** When limits and balance had admitted it. */
  readonly admittedMs: number;
  /** When its usage was known and its charge was worked out. */
  readonly settledMs: number;
  /** In their order. */
  readonly tries: readonly UpstreamTry[];
}

/** Of a record that is no request, or was written before courses were kept. */
export const noCourse: RequestCourse = Object.freeze({
  authorizedMs: -1,
  readMs: -1,
  admittedMs: -1,
  settledMs: -1,
  tries: Object.freeze([]),
});

/** A number, or the values of a try in the order of `decodeTry`. */
type Encoded = number | readonly (string | number)[];

/** Encodes a course as a short JSON value, since every record has one. */
export function encodeCourse(course: RequestCourse): readonly Encoded[] {
  const { authorizedMs, readMs, admittedMs, settledMs, tries } = course;
  return [authorizedMs, readMs, admittedMs, settledMs, ...tries.map(encodeTry)];
}

function encodeTry(made: UpstreamTry): readonly (string | number)[] {
  const { channelId, channelName, keyNumber, status, result, startMs, sentMs, firstByteMs, endMs } = made;
  return [channelId, channelName, keyNumber, status, result, startMs, sentMs, firstByteMs, endMs];
}

/** @param encoded what `encodeCourse` made, perhaps of a later version */
export function decodeCourse(encoded: readonly unknown[]): RequestCourse {
  const [authorizedMs, readMs, admittedMs, settledMs, ...tries] = encoded;
  return {
    authorizedMs: Number(authorizedMs),
    readMs: Number(readMs),
    admittedMs: Number(admittedMs),
    settledMs: Number(settledMs),
    tries: tries.filter(Array.isArray).map(decodeTry),
  };
}

function decodeTry(values: readonly unknown[]): UpstreamTry {
  const [channelId, channelName, keyNumber, status, result, startMs, sentMs, firstByteMs, endMs] = values;
  return {
    channelId: Number(channelId),
    channelName: String(channelName),
    keyNumber: Number(keyNumber),
    status: Number(status),
    result: tryResults.find((known) => known === result) ?? 'failed',
    startMs: Number(startMs),
    sentMs: Number(sentMs),
    firstByteMs: Number(firstByteMs),
    endMs: Number(endMs),
  };
}
