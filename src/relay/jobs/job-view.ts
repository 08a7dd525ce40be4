/** A job as its client may see it. */
import { isOpenJob } from '../../domain/job.ts';
import type { JobView } from '../../protocols/jobs/vendor.ts';
import type { JobRow } from '../../store/job-store.ts';
import { openNotes } from './job-notes.ts';
import type { JobsOptions } from './jobs-options.ts';
import { resultPath } from './result-paths.ts';

export function viewOf(
  { secrets, publicUrl = '', results }: Pick<JobsOptions, 'secrets' | 'publicUrl' | 'results'>,
  row: JobRow,
): JobView {
  const { publicId: id, action, model, state, progress, failure, createdMs, endedMs } = row;
  const { originId, upstreamId } = row;
  const notes = openNotes(secrets, row);
  const link = (path: string) => publicUrl + path;
  return {
    id,
    action,
    model,
    state: state === 'succeeded' || state === 'failed' ? state : 'running',
    progress,
    failure: isOpenJob(state) ? '' : failure,
    createdAt: Math.floor(createdMs / 1000),
    endedAt: endedMs === null ? undefined : Math.floor(endedMs / 1000),
    originId: originId === '' ? undefined : originId,
    upstreamId,
    answer: notes.answer,
    results: notes.results ?? [],
    link,
    result(url) {
      const at = notes.results?.indexOf(url) ?? -1;
      return results === 'link' || at < 0 ? url : link(resultPath(id, at));
    },
  };
}
