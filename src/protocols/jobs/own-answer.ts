/** Makes an upstream's answer one of ours: its ids, its URLs of results and what calls back do not show. Pure. */
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { type StatusTable, stateOf } from './status.ts';
import type { JobView } from './vendor.ts';

/** Where vendors write ids: `id`, `task_id`, `taskId`, and the bare `result` and `data`. */
const idName = /(?:^i|_i|I)ds?$|^(?:result|data)$/;

/** Deeper than any vendor's answer. What lies deeper is left out, so that nothing of the upstream's shows there. */
const depthMax = 12;

/** @param name that of the member which holds the value; of a list: that of the list */
function ownValue(job: JobView, value: unknown, name: string, depth: number): unknown {
  if (typeof value === 'string') return ownText(job, value, name);
  if (typeof value === 'number')
    return idName.test(name) && String(value) === job.upstreamId ? job.id : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === depthMax) return null;
  if (Array.isArray(value)) return value.map((each) => ownValue(job, each, name, depth + 1));
  const members = Object.entries(value).map(([key, each]) => [key, ownValue(job, each, key, depth + 1)]);
  return Object.fromEntries(members);
}

function ownText(job: JobView, text: string, name: string): string {
  if (text === job.upstreamId && idName.test(name)) return job.id;
  // The path by which the upstream calls back is between it and us.
  return text.includes(`/v1/jobs/${job.id}/callback/`) ? '' : job.result(text);
}

/** The upstream's last answer with our id in place of its own; empty where there is none. */
export function ownAnswer(job: JobView): JsonObject {
  return asObject(ownValue(job, job.answer ?? {}, '', 0)) ?? {};
}

/** The words for each state in a vendor's answers. */
export type StateWords = Readonly<Record<JobView['state'], string>>;

/** The upstream's word where it means what the job's state is; otherwise ours. */
export function statusWord(table: StatusTable, words: StateWords, job: JobView, word: unknown): string {
  const isSame = typeof word === 'string' && word.trim() !== '' && stateOf(table, word) === job.state;
  return isSame ? word : words[job.state];
}
