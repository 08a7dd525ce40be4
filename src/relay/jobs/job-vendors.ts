/** Finds the vendor of a row, and what it is to that vendor. */
import type { JobVendor, UpstreamJob } from '../../protocols/jobs/vendor.ts';
import { jobVendors } from '../../protocols/jobs/vendors.ts';
import type { JobRow } from '../../store/job-store.ts';

const byName: ReadonlyMap<string, JobVendor> = new Map(jobVendors.map((vendor) => [vendor.name, vendor]));

/** @returns undefined = this version has none of that name */
export const vendorNamed = (name: string): JobVendor | undefined => byName.get(name);

export function upstreamJobOf({ upstreamId, action, upstreamPath, upstreamModel }: JobRow): UpstreamJob {
  return { upstreamId, action, path: upstreamPath, model: upstreamModel };
}
