/** Names how a model request ended, for logs, metrics and records. */
export type RequestOutcome =
  /** The whole response was handed to the client. */
  | 'done'
  /** Refused or failed before a response began; the client has an error instead. */
  | 'error'
  /** The client went away. */
  | 'client_gone'
  /** The client went away or stopped reading, and the upstream finished without it. */
  | 'finished_alone'
  /** The client stopped reading. */
  | 'client_stalled'
  /** A right was revoked. */
  | 'cut'
  /** The upstream broke off after the response had begun. */
  | 'upstream_broken';

/** Outcomes of a request that nobody waited for any more. */
export const abortedOutcomes = ['client_gone', 'client_stalled', 'cut'] as const satisfies RequestOutcome[];
/** Outcomes of a request whose upstream gave a whole response, be it an error. */
export const wholeOutcomes = ['done', 'finished_alone'] as const satisfies RequestOutcome[];

/** How a request ended, in the three ways that lists tell apart. */
export const requestStates = ['ok', 'error', 'aborted'] as const;
export type RequestState = (typeof requestStates)[number];

/**
 * @param outcome of a record; '' = it is no request
 * @param status of the response
 * @returns undefined for what is no request
 */
export function requestState(outcome: string, status: number): RequestState | undefined {
  if (outcome === '') return undefined;
  if (abortedOutcomes.some((aborted) => aborted === outcome)) return 'aborted';
  return status < 400 && wholeOutcomes.some((whole) => whole === outcome) ? 'ok' : 'error';
}
