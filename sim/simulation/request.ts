/** A model request as a process of the simulation sees it. */

/** What became of a request; undefined = the node serves nothing for now. */
export type Outcome = 'admitted' | 'refused' | undefined;

export interface Request {
  readonly key: number;
  readonly model: number;
  readonly invokedAt: number;
  readonly done?: ((outcome: Outcome) => void) | undefined;
}
