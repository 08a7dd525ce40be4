/** The messages between a worker and its parent. They arrive in the order in which they were sent. */

/** A listening socket of the parent: the one of `listen`, or the one of `metrics.listen`. */
export type SocketName = 'main' | 'metrics';

export type FromWorker =
  /** The worker takes connections from now on. */
  | { readonly do: 'take'; readonly socket: SocketName }
  /** The worker has taken the connection that was passed last. */
  | { readonly do: 'taken'; readonly socket: SocketName }
  /** The worker takes no more connections than those that are on their way. */
  | { readonly do: 'leave'; readonly socket: SocketName }
  /** The worker serves requests. */
  | { readonly do: 'serving' }
  /** What are the metrics of the other workers? */
  | { readonly do: 'ask'; readonly id: number }
  /** The metrics of this worker, for the question of another one. */
  | { readonly do: 'answer'; readonly id: number; readonly text: string };

export type FromParent =
  /** `take` is done. */
  | { readonly do: 'taking'; readonly socket: SocketName; readonly hostPort: string }
  /** A connection comes with this message. */
  | { readonly do: 'connection'; readonly socket: SocketName }
  /** `leave` is done: no connection follows. */
  | { readonly do: 'left'; readonly socket: SocketName }
  /** Another worker asks for the metrics of this one. */
  | { readonly do: 'ask'; readonly id: number }
  /** The metrics of the other workers. */
  | { readonly do: 'answers'; readonly id: number; readonly texts: readonly string[] };
