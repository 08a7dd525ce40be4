/** Settings of the processes that serve: how many workers. */
import { z } from 'zod';

export const serverSettings = z
  .strictObject({
    workers: z
      .union([z.int().min(1).max(64), z.literal('auto')])
      .default(1)
      .describe(
        'Processes that serve on one address, each with an event loop of its own. `auto`: one for each core with `database.url`, otherwise one. More than one needs `database.url` (workers.md).',
      ),
  })
  .prefault({});

/** @returns the problem with several workers without a shared database, as a sentence; undefined = none */
export function workersProblem(workers: unknown, hasUrl: boolean, place: string): string | undefined {
  if (typeof workers !== 'number' || workers <= 1 || hasUrl) return undefined;
  return `${place} is ${workers}, but database.url is not set: one process alone can use SQLite. Set database.url to a PostgreSQL database, or server.workers to 1.`;
}
