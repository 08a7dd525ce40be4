/** Names how a model request ended, for logs, metrics and records. */
export type RequestOutcome =
  /** The whole answer was handed to the client. */
  | 'done'
  /** Refused or failed before an answer began; the client has an error instead. */
  | 'error'
  /** The client went away. */
  | 'client_gone'
  /** The client stopped reading. */
  | 'client_stalled'
  /** A right was revoked. */
  | 'cut'
  /** The upstream broke off after the answer had begun. */
  | 'upstream_broken';
