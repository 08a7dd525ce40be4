/** The states of a job, and when its upstream is asked about it. Pure. */

/**
 * - `submitting`: written, and being sent.
 * - `running`: the upstream has accepted it.
 * - `held`: it was sent, and nobody knows whether the upstream has accepted it. An operator resolves it.
 * - `succeeded`, `failed`: settled.
 */
export const jobStates = ['submitting', 'running', 'held', 'succeeded', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

/** States of jobs that are not settled. */
export const openJobStates = ['submitting', 'running', 'held'] as const satisfies readonly JobState[];

export const isOpenJob = (state: JobState): boolean => openJobStates.some((open) => open === state);

/** How a job ends. Its settlement carries this, so that both are written in one transaction. */
export interface JobEnding {
  /** Row id. */
  readonly id: number;
  readonly state: 'succeeded' | 'failed';
  readonly failure: string;
  /** Milliseconds since 1970 UTC. */
  readonly endedMs: number;
}

/** Milliseconds from one question about a job to the next: each wait is half as long again as the one before. */
export function pollWaitMs(
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
  polls: number,
): number {
  return Math.min(Math.round(firstMs * 1.5 ** Math.min(polls, 40)), mostMs);
}

const operationStart = 'jobs.';

/** The name of what a client asked for, in records, logs and metrics. */
export function jobOperation(vendor: string, action: string): string {
  return `${operationStart}${vendor}.${action}`;
}

export const isJobOperation = (operation: string): boolean => operation.startsWith(operationStart);
