/** Tells a process that it is a worker: its number and its task, which its parent passes in a variable. */

/** The place of one worker among those of its parent. */
export interface WorkerPlace {
  /** From 1 on. Unique among the workers that run, and used again after the end of one. */
  readonly number: number;
  /** Whether this worker prints what an operator must see once: the address, the first login, the setup link. */
  readonly announces: boolean;
  /** Whether the parent has a socket for metrics alone. */
  readonly hasMetricsSocket: boolean;
}

const variable = 'HALLEY_WORKER';
const form = /^(\d{1,4})(,announces)?(,metrics)?$/;

/** The variables that make a process a worker. */
export const workerVariables = ({
  number,
  announces,
  hasMetricsSocket,
}: WorkerPlace): Readonly<Record<string, string>> => ({
  [variable]: `${number}${announces ? ',announces' : ''}${hasMetricsSocket ? ',metrics' : ''}`,
});

/** @returns undefined when this process is no worker */
export function workerPlace(env: Readonly<Record<string, string | undefined>>): WorkerPlace | undefined {
  const found = form.exec(env[variable] ?? '');
  if (!found) return undefined;
  return {
    number: Number(found[1]),
    announces: found[2] !== undefined,
    hasMetricsSocket: found[3] !== undefined,
  };
}
