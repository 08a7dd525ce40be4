/** Jobs as the pages see them, and the calls that read them. */
import { queryOptions } from '@tanstack/react-query';
import { isOpenJob, type JobState } from '../../../src/domain/job.ts';
import { api, dataOf } from '../../api/client.ts';
import type { paths } from '../../api/schema.ts';

type Success<Path extends '/api/task' | '/api/task/self'> = Extract<
  paths[Path]['get']['responses'][200]['content']['application/json'],
  { success: true }
>['data'];

/** A job of the own account, with its results. */
export type OwnTask = Success<'/api/task/self'>['items'][number];
/** A job of any account, as administrators see it. */
export type ManagedTask = Success<'/api/task'>['items'][number];
export type Task = OwnTask | ManagedTask;
export type TaskStatus = Task['status'];

/** Everything about jobs, to be read again after a change. */
export const tasksKey = ['tasks'] as const;

/** The words of the API for the states. */
export const statusOf = {
  submitting: 'SUBMITTED',
  running: 'IN_PROGRESS',
  held: 'UNKNOWN',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
} as const satisfies Record<JobState, TaskStatus>;

/** What the vendors are called: names, in every language. */
export const vendorTitles: Readonly<Record<string, string>> = {
  videos: 'Videos',
  suno: 'Suno',
  kling: 'Kling',
  midjourney: 'Midjourney',
  runway: 'Runway',
  replicate: 'Replicate',
  flux: 'Flux',
  bria: 'Bria',
  'xai-video': 'xAI',
  seedance: 'Seedance',
  minimax: 'MiniMax',
};

/** Whether the gateway itself will change the job. A held one waits for an operator. */
export const isMoving = ({ state }: Pick<Task, 'state'>): boolean => isOpenJob(state) && state !== 'held';

/** By the age of the youngest job that has not ended: seconds, and how often it is looked at then, in milliseconds. */
const paces = [
  { ageMax: 60, everyMs: 2000 },
  { ageMax: 600, everyMs: 5000 },
] as const;
const restMs = 20_000;

/**
 * How long to wait until the jobs are read again.
 * @param nowSeconds since 1970
 * @returns milliseconds; false = nothing changes by itself
 */
export function refreshMs(
  jobs: readonly Pick<Task, 'state' | 'submit_time'>[],
  nowSeconds: number,
): number | false {
  const ages = jobs.filter(isMoving).map(({ submit_time: at }) => nowSeconds - at);
  if (ages.length === 0) return false;
  const youngest = Math.min(...ages);
  return paces.find(({ ageMax }) => youngest < ageMax)?.everyMs ?? restMs;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** A job of the own account by its id; null = there is none. Read again until it has ended. */
export const ownTaskQuery = (id: string) =>
  queryOptions({
    queryKey: [...tasksKey, 'own', id],
    queryFn: async ({ signal }) => {
      const query = { task_id: id, page_size: 1 };
      const { items } = await dataOf(api.GET('/api/task/self', { signal, params: { query } }));
      return items[0] ?? null;
    },
    refetchInterval: ({ state: { data } }) => (data ? refreshMs([data], nowSeconds()) : false),
  });

/** The same of any account, for administrators. */
export const managedTaskQuery = (id: string) =>
  queryOptions({
    queryKey: [...tasksKey, 'managed', id],
    queryFn: async ({ signal }) => {
      const query = { task_id: id, page_size: 1 };
      const { items } = await dataOf(api.GET('/api/task', { signal, params: { query } }));
      return items[0] ?? null;
    },
    refetchInterval: ({ state: { data } }) => (data ? refreshMs([data], nowSeconds()) : false),
  });

export const isManaged = (task: Task): task is ManagedTask => 'channel_id' in task;
