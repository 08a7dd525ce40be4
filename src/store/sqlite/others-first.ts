/** Lets other work of the process run, between the steps of a long read. */
export function othersFirst(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
