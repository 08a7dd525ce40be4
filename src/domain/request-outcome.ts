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
