/** The paths of this gateway at which the results of a job can be fetched. Pure. */
import type { JobRow } from '../../store/job-store.ts';
import { vendorNamed } from './job-vendors.ts';

/** @param at from 0 */
export const resultPath = (publicId: string, at: number): string => `/v1/jobs/${publicId}/results/${at}`;

/**
 * @param count URLs of results that the upstream named
 * @returns the vendor's own path where the bytes come from there, otherwise one for each URL; empty unless the job has
 * succeeded and its client still sees it
 */
export function resultPaths(
  { state, hidden, vendor: name, publicId }: Pick<JobRow, 'state' | 'hidden' | 'vendor' | 'publicId'>,
  count: number,
): string[] {
  if (state !== 'succeeded' || hidden) return [];
  const vendor = vendorNamed(name);
  const own = vendor?.content && vendor.calls.find(({ kind }) => kind === 'content');
  if (own) return [own.paths[0].replace('{id}', encodeURIComponent(publicId))];
  return Array.from({ length: count }, (_, at) => resultPath(publicId, at));
}
