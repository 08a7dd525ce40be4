/** Schemas of tasks: jobs as the compatible API lists them. */
import { z } from 'zod';
import { jobStates } from '../../domain/job.ts';

/** The words of the compatible API. */
export const taskStatuses = ['SUBMITTED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE', 'UNKNOWN'] as const;

const seconds = (what: string) => z.int().describe(`${what}, in seconds UTC.`);

export const taskRecordSchema = z.object({
  id: z.int(),
  created_at: seconds('When it was submitted'),
  platform: z.string().describe('The vendor of the job, such as `videos`.'),
  task_id: z.string().describe('The id of the job, as its client knows it.'),
  action: z.string(),
  status: z
    .enum(taskStatuses)
    .describe(
      '`UNKNOWN` = held: nobody knows whether the upstream has accepted it. An operator resolves it.',
    ),
  state: z.enum(jobStates),
  model_name: z.string(),
  progress: z.string().describe('Such as `40%`.'),
  quota: z.int().describe('Units that it was charged; 0 while it runs.'),
  reserved_quota: z
    .int()
    .describe('Units that are reserved for it; 0 where nothing is, or once it has ended.'),
  submit_time: seconds('When it was submitted'),
  start_time: seconds('The same'),
  finish_time: seconds('When it ended; 0 while it runs'),
  fail_reason: z.string().describe('Why it failed, or is held; empty otherwise.'),
  request_id: z.string().describe('Of the submit, and of the record that its end leaves.'),
  group: z.string(),
  token_id: z.int(),
  token_name: z.string(),
  attempts: z.int().describe('Channels that the submit was sent to.'),
  polls: z.int().describe('How often the gateway polled the upstream.'),
  deadline: seconds('When it counts as failed if it has not ended'),
  results: z
    .array(z.string())
    .describe(
      'Paths of its results, for requests with the key that submitted it. Empty until it has succeeded, once its client has deleted it, and in the lists of administrators.',
    ),
  data: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What a fetch of the job answers. `null` in the lists of administrators.'),
});

export const managedTaskSchema = taskRecordSchema.extend({
  user_id: z.int(),
  username: z.string(),
  channel_id: z.int(),
  channel_name: z.string(),
  upstream_id: z.string().describe('The id that the upstream gave it; empty where none is known.'),
  has_reservation: z.boolean().describe('Whether units are reserved for it, or were.'),
});

export const resolveTaskSchema = z.strictObject({
  as: z
    .enum(['succeeded', 'failed', 'running'])
    .describe(
      '`failed`: the upstream did not accept it; nothing is charged. `succeeded`: the amount that was reserved for it is charged. `running`: the upstream runs it under `upstream_id`, and the gateway polls it from now on.',
    ),
  upstream_id: z.string().min(1).max(512).optional().describe('With `running`.'),
});
