/** `halley import`: takes accounts, keys, channels and prices over from another gateway. */
import { type Command, Option } from 'commander';
import type { ImportPlan } from '../../imports/plan.ts';
import type { ImportSource } from '../../imports/source.ts';
import { HalleyError } from '../../platform/errors.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { printJson } from '../display.ts';
import { exitCodes, usageError } from '../exit-codes.ts';
import { printReport, sumsOf } from '../import-report.ts';
import { type ImportKind, importKinds, runImport } from '../run-import.ts';

interface ImportOptions extends RemoteOptions {
  readonly from: string;
  readonly apply?: true;
  readonly only?: readonly ImportKind[];
}

type Read = (source: ImportSource) => Promise<ImportPlan>;

/** Imported on demand, so that other commands start faster. */
const readers: Readonly<Record<string, { readonly title: string; readonly load: () => Promise<Read> }>> = {
  'new-api': {
    title: 'new-api',
    async load() {
      const { readNewApi } = await import('../../imports/new-api/read.ts');
      return (source) => readNewApi('new-api', source);
    },
  },
  'one-api': {
    title: 'one-api',
    async load() {
      const { readNewApi } = await import('../../imports/new-api/read.ts');
      return (source) => readNewApi('one-api', source);
    },
  },
};

export function addImport(program: Command, context: Context): void {
  const command = program
    .command('import')
    .description(
      'take accounts, keys with their values, channels and prices over from another gateway, as root',
    );
  for (const [name, { title, load }] of Object.entries(readers)) {
    const reader = importOptions(command.command(name))
      .description(`take over from ${title}; without --apply it only says what would happen`)
      .action((options: ImportOptions) => runFrom(context, title, options, load));
    examples(
      reader,
      `halley import ${name} --from ${name}.db`,
      `PGPASSWORD=… halley import ${name} --from postgres://reader@db.example/${name.replace('-', '')} --apply`,
    );
  }
}

const importOptions = (command: Command): Command =>
  remote(command)
    .requiredOption(
      '--from <place>',
      'SQLite file, URL of PostgreSQL (its password in PGPASSWORD), or directory with a CSV file for each table',
    )
    .option('--apply', 'do it')
    .addOption(new Option('--only <kinds...>', 'only some of it').choices(importKinds));

async function runFrom(
  context: Context,
  title: string,
  options: ImportOptions,
  load: () => Promise<Read>,
): Promise<void> {
  const { terminal } = context;
  const client = connect(context, options);
  const plan = chosen(await readPlan(options.from, await load()), options.only);
  const isDryRun = !options.apply;
  const tallies = await runImport({ client, plan, source: `imported from ${title}`, isDryRun });
  if (options.json) {
    const outcomes = [...tallies].map(([kind, { messages, ...counts }]) => [
      kind,
      { ...counts, messages: Object.fromEntries(messages) },
    ]);
    const results = Object.fromEntries(outcomes);
    printJson(terminal, { dry_run: isDryRun, results, sums: sumsOf(plan), notes: plan.notes });
  } else {
    printReport(context, plan, tallies, isDryRun);
    terminal.print(
      isDryRun
        ? '\nNothing was changed. To take it over, run the same command with --apply.'
        : '\nDone. It can be run again, for what has been added since. `halley ledger verify` checks the sums.',
    );
  }
  if ([...tallies.values()].some(({ refused }) => refused > 0)) context.setExitCode(exitCodes.failure);
}

async function readPlan(from: string, read: Read): Promise<ImportPlan> {
  const { openSource } = await import('../../imports/open-source.ts');
  try {
    const source = await openSource(from);
    try {
      return await read(source);
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof HalleyError) throw usageError(error.message);
    throw error;
  }
}

function chosen(plan: ImportPlan, only: readonly ImportKind[] | undefined): ImportPlan {
  if (only === undefined) return plan;
  const kept = new Set(only);
  const left = Object.fromEntries(importKinds.filter((kind) => !kept.has(kind)).map((kind) => [kind, []]));
  return { ...plan, ...left };
}
