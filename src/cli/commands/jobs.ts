/** `halley jobs`: lists jobs that outlive their request, shows one, and resolves held ones. */
import { type Command, Option } from 'commander';
import { asRecord, recordsOf } from '../client.ts';
import { type Context, connect, examples, nowSeconds, type RemoteOptions, remote } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import {
  type Fields,
  type ListOptions,
  listOptions,
  printList,
  timeColumn,
  unitsColumn,
} from '../listing.ts';
import type { Column } from '../table.ts';
import { parseId, parseTime } from '../values.ts';

const path = '/api/task';

/** The words of the API, by those of the command line. */
const statuses: Readonly<Record<string, string>> = {
  submitting: 'SUBMITTED',
  running: 'IN_PROGRESS',
  held: 'UNKNOWN',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
};

interface JobListOptions extends ListOptions {
  readonly state?: string;
  readonly vendor?: string;
  readonly user?: string;
  readonly key?: string;
  readonly since?: number;
}

const columnsOf = (context: Context, options: JobListOptions): readonly Column<Fields>[] => [
  { head: 'JOB', full: (job) => visible(job.task_id), shrinksTo: 16 },
  { head: 'VENDOR', full: (job) => visible(job.platform), rank: 1 },
  { head: 'MODEL', full: (job) => visible(job.model_name), shrinksTo: 12 },
  { head: 'STATE', full: (job) => visible(job.state) },
  { head: 'DONE', full: (job) => visible(job.progress), rank: 2 },
  { head: 'USER', full: (job) => visible(job.username), rank: 2 },
  unitsColumn('CHARGED', (job) => job.quota),
  timeColumn(context, options, 'SUBMITTED', (job) => job.submit_time),
  { head: 'WHY', full: (job) => visible(job.fail_reason), shrinksTo: 12, rank: 3 },
];

function addList(jobs: Command, context: Context): void {
  const command = listOptions(
    jobs.command('list').description('list jobs of all accounts, newest first; for administrators'),
    'jobs',
  )
    .addOption(new Option('--state <state>', 'in this state').choices(Object.keys(statuses)))
    .option('--vendor <name>', 'of this vendor')
    .option('--user <id>', 'of this account', parseId)
    .option('--key <id>', 'submitted with this key', parseId)
    .option('--since <time>', 'submitted since', (text) => parseTime(text, nowSeconds(context)))
    .action(async (options: JobListOptions) => {
      const { state, vendor, user, key, since } = options;
      const query = {
        status: state === undefined ? undefined : statuses[state],
        platform: vendor,
        user_id: user,
        token_id: key,
        start_timestamp: since,
      };
      const flags = {
        status: '--state',
        platform: '--vendor',
        user_id: '--user',
        token_id: '--key',
        start_timestamp: '--since',
      };
      const columns = columnsOf(context, options);
      const listing = { path, query, flags, byCursor: false, nouns: 'jobs', columns };
      await printList(context, connect(context, options), listing, options);
    });
  examples(command, 'halley jobs list', 'halley jobs list --state held');
}

const shown: readonly (readonly [label: string, field: string])[] = [
  ['vendor', 'platform'],
  ['action', 'action'],
  ['model', 'model_name'],
  ['state', 'state'],
  ['why', 'fail_reason'],
  ['progress', 'progress'],
  ['user', 'username'],
  ['key', 'token_id'],
  ['channel', 'channel_name'],
  ['upstream id', 'upstream_id'],
  ['charged', 'quota'],
  ['request id', 'request_id'],
];

function addShow(jobs: Command, context: Context): void {
  const command = remote(jobs.command('show <job>').description('show one job')).action(
    async (id: string, options: RemoteOptions) => {
      const page = await connect(context, options).call({
        path,
        query: { task_id: id },
        flags: { task_id: '<job>' },
      });
      const [job] = recordsOf(asRecord(page).items);
      if (!job) throw new CliError(exitCodes.notFound, `There is no job ${visible(id)}.`);
      if (options.json) printJson(context.terminal, job);
      else {
        context.terminal.print(`Job ${visible(job.task_id)}`);
        for (const [label, field] of shown) {
          context.terminal.print(`  ${label.padEnd(12)} ${visible(job[field])}`);
        }
      }
    },
  );
  examples(command, 'halley jobs show job_6Zk2');
}

interface ResolveOptions extends RemoteOptions {
  readonly succeeded?: true;
  readonly failed?: true;
  readonly running?: string;
}

function resolution({ succeeded, failed, running }: ResolveOptions): Fields {
  const given = [succeeded, failed, running].filter((each) => each !== undefined);
  if (given.length !== 1) throw usageError('Give one of --failed, --succeeded and --running <upstream-id>.');
  if (running !== undefined) return { as: 'running', upstream_id: running };
  return { as: succeeded ? 'succeeded' : 'failed' };
}

function addResolve(jobs: Command, context: Context): void {
  const command = remote(
    jobs
      .command('resolve <job>')
      .description('resolve a held job, after you have checked its state at the upstream')
      .option('--failed', 'the upstream did not accept it: nothing is charged')
      .option('--succeeded', 'it succeeded: the amount that was reserved for it is charged')
      .option(
        '--running <upstream-id>',
        'the upstream runs it under this id: the gateway polls it from now on',
      ),
  ).action(async (id: string, options: ResolveOptions) => {
    const body = resolution(options);
    const data = asRecord(
      await connect(context, options).call({
        method: 'POST',
        path: `${path}/${encodeURIComponent(id)}/resolve`,
        body,
        flags: { as: '--failed', upstream_id: '--running' },
      }),
    );
    if (options.json) printJson(context.terminal, data);
    else context.terminal.print(`Job ${visible(data.task_id)} is ${visible(data.state)} now.`);
  });
  examples(
    command,
    'halley jobs resolve job_6Zk2 --failed',
    'halley jobs resolve job_6Zk2 --running video_8',
  );
}

export function addJobs(program: Command, context: Context): void {
  const jobs = program.command('jobs').description('jobs that outlive their request, such as videos');
  for (const add of [addList, addShow, addResolve]) add(jobs, context);
}
