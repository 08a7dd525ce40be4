/** Resolves a held job by what an operator found out about it. */
import type { Clock } from '../../platform/clock.ts';
import type { JobRow, JobStore } from '../../store/job-store.ts';
import type { JobBook } from './job-book.ts';

export interface ResolvingParts {
  readonly book: Pick<JobBook, 'fail' | 'succeed'>;
  readonly jobs: Pick<JobStore, 'accept'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Ends the job, or goes on with it.
 * @param found the id that the upstream gave it; true = it succeeded, false = the upstream has none
 */
export async function resolveJob(
  { book, jobs, clock }: ResolvingParts,
  row: JobRow,
  found: string | boolean,
): Promise<void> {
  if (found === true) await book.succeed(row, undefined);
  else if (found === false) await book.fail(row, 'the upstream has not accepted it');
  else await jobs.accept({ ...row, upstreamId: found, upstreamPath: row.path, nextPollMs: clock.now() });
}
