/** The paths of jobs: what a client may send there, by vendor. Pure; paths and queries are raw. */
import type { JobAction, JobCall, JobVendor } from '../../protocols/jobs/vendor.ts';
import { jobVendors } from '../../protocols/jobs/vendors.ts';
import { withoutKey } from '../query.ts';

/** One path that takes one method. */
export type JobRoute = {
  readonly vendor: JobVendor;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{name}` for a segment. */
  readonly path: string;
  readonly summary: string;
} & ({ readonly action: JobAction } | { readonly call: JobCall });

/** A request to one of them. */
export interface MatchedJob {
  readonly route: JobRoute;
  readonly params: Readonly<Record<string, string>>;
  /** Without the caller's key. */
  readonly query: string;
}

const routesOf = (vendor: JobVendor): readonly JobRoute[] => [
  ...vendor.actions.flatMap((action) =>
    action.paths.map((path) => ({ vendor, method: 'POST' as const, path, summary: action.summary, action })),
  ),
  ...vendor.calls.flatMap((call) => call.paths.map((path) => ({ vendor, ...call, path, call }))),
];

/** Those without braces first: a fixed segment is never taken for a name. */
export const jobRoutes: readonly JobRoute[] = jobVendors
  .flatMap(routesOf)
  .toSorted((one, other) => segmentsNamed(one) - segmentsNamed(other));

function segmentsNamed({ path }: JobRoute): number {
  return path.split('{').length;
}

interface Pattern {
  readonly route: JobRoute;
  readonly segments: readonly string[];
}

/** By method and number of segments: a request is compared with few. */
const patterns = Map.groupBy(
  jobRoutes.map((route): Pattern => ({ route, segments: route.path.split('/') })),
  ({ segments }) => segments.length,
);

const segmentCharsMax = 512;

function decoded(segment: string): string | undefined {
  if (segment === '' || segment.length > segmentCharsMax) return undefined;
  try {
    const text = decodeURIComponent(segment);
    return /^[^\p{C}\s/]+$/u.test(text) && text !== '.' && text !== '..' ? text : undefined;
  } catch {
    return undefined;
  }
}

function paramsOf({ segments }: Pattern, given: readonly string[]): MatchedJob['params'] | undefined {
  const params: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    if (!segment.startsWith('{')) {
      if (segment !== given[at]) return undefined;
      continue;
    }
    const text = decoded(given[at] ?? '');
    if (text === undefined) return undefined;
    params[segment.slice(1, -1)] = text;
  }
  return params;
}

function found(path: string): readonly { readonly route: JobRoute; readonly params: MatchedJob['params'] }[] {
  const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const given = bare.split('/', 16);
  return (patterns.get(given.length) ?? []).flatMap((pattern) => {
    const params = paramsOf(pattern, given);
    return params ? [{ route: pattern.route, params }] : [];
  });
}

const resultPattern = /^\/v1\/jobs\/(job_[\w-]{32})\/results\/(\d{1,4})$/;

/** A result by its number, of whatever vendor. */
export interface NumberedResult {
  readonly publicId: string;
  /** From 0. */
  readonly at: number;
}

/** @returns undefined when the path names none */
export function numberedResult(path: string): NumberedResult | undefined {
  const [, publicId, at] = resultPattern.exec(path) ?? [];
  return publicId === undefined ? undefined : { publicId, at: Number(at) };
}

/** Whether the request fetches, lists, ends or deletes jobs, or reads a result. */
export function isJobCall(method: 'GET' | 'DELETE', path: string): boolean {
  if (method === 'GET' && numberedResult(path)) return true;
  const matched = matchJob(method, path, '');
  return matched !== undefined && 'route' in matched;
}

/** Whether the path is one of jobs. */
export const isJobPath = (path: string): boolean => found(path).length > 0;

/** @returns `allow` = the path takes other methods; undefined = it is none of jobs */
export function matchJob(
  method: string,
  path: string,
  query: string,
): MatchedJob | { readonly allow: string } | undefined {
  const all = found(path);
  if (all.length === 0) return undefined;
  const match = all.find(({ route }) => route.method === method);
  if (match) return { ...match, query: withoutKey(query) };
  return { allow: [...new Set(all.map(({ route }) => route.method))].toSorted().join(', ') };
}
