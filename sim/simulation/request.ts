/** A model request in a process of the simulation. */

/** The result of a request; undefined when the node has no lease. */
export type Outcome = 'admitted' | 'refused' | undefined;

export interface Request {
  readonly key: number;
  readonly model: number;
  readonly invokedAt: number;
  readonly done?: ((outcome: Outcome) => void) | undefined;
}
