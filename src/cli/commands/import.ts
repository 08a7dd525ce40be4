/** `halley import`: takes accounts, keys, channels and prices over from another gateway. */
import { type Command, Option } from 'commander';
import { csvFiles } from '../../imports/csv/columns.ts';
import type { NewApiProgram } from '../../imports/new-api/read.ts';
import type { ImportPlan } from '../../imports/plan.ts';
import type { ImportSource } from '../../imports/source.ts';
import { HalleyError } from '../../platform/errors.ts';
import { type Context, connect, examples, nowSeconds, type RemoteOptions, remote } from '../context.ts';
import { printJson } from '../display.ts';
import { exitCodes, usageError } from '../exit-codes.ts';
import { printReport, sumsOf } from '../import-report.ts';
import { wrapped } from '../layout.ts';
import { type ImportKind, importKinds, runImport } from '../run-import.ts';

interface ImportOptions extends RemoteOptions {
  readonly from: string;
  readonly apply?: true;
  readonly only?: readonly ImportKind[];
}

/** @param now seconds since 1970 */
type Read = (from: string, now: number) => Promise<ImportPlan>;

interface Reader {
  readonly title: string;
  readonly from: string;
  readonly examples: readonly string[];
  /** Shown after the options. */
  readonly help?: () => string;
  /** Imported on demand, so that other commands start faster. */
  readonly load: () => Promise<Read>;
}

/** Reads a database, or a directory of CSV files with its tables. */
const ofDatabase =
  (read: (source: ImportSource, now: number) => Promise<ImportPlan>): Read =>
  async (from, now) => {
    const { openSource } = await import('../../imports/open-source.ts');
    const source = await openSource(from);
    try {
      return await read(source, now);
    } finally {
      await source.close();
    }
  };

const newApiReader = (program: NewApiProgram): Reader => ({
  title: program,
  from: 'SQLite file, URL of PostgreSQL (its password in PGPASSWORD), or directory with a CSV file for each table',
  examples: [
    `halley import ${program} --from ${program}.db`,
    `PGPASSWORD=… halley import ${program} --from postgres://reader@db.example/${program.replace('-', '')} --apply`,
  ],
  async load() {
    const { readNewApi } = await import('../../imports/new-api/read.ts');
    return ofDatabase((source) => readNewApi(program, source));
  },
});

/** The columns of each file, as its first line may name them. */
function csvHelp(): string {
  const files = csvFiles.map(({ name, columns }) => {
    const lines = wrapped(Object.keys(columns).join(', '), 76);
    return `  ${name}.csv\n${lines.map((line) => `    ${line}`).join('\n')}`;
  });
  return `\nColumns, in any order:\n${files.join('\n')}`;
}

const readers: Readonly<Record<string, Reader>> = {
  'new-api': newApiReader('new-api'),
  'one-api': newApiReader('one-api'),
  litellm: {
    title: 'LiteLLM',
    from: 'URL of PostgreSQL (its password in PGPASSWORD), or directory with a CSV file for each table',
    examples: [
      'PGPASSWORD=… halley import litellm --from postgres://reader@db.example/litellm',
      'PGPASSWORD=… halley import litellm --from postgres://reader@db.example/litellm --apply',
    ],
    async load() {
      const { readLitellm } = await import('../../imports/litellm/read.ts');
      return ofDatabase(readLitellm);
    },
  },
  csv: {
    title: 'CSV files',
    from: 'directory with accounts.csv, keys.csv and channels.csv, or some of them',
    examples: ['halley import csv --from takeover', 'halley import csv --from takeover --apply'],
    help: csvHelp,
    async load() {
      const { readCsvDirectory } = await import('../../imports/csv/read.ts');
      return async (from) => readCsvDirectory(from);
    },
  },
  file: {
    title: 'a file of `halley export`',
    from: 'file with an object of JSON on each line',
    examples: ['halley import file --from halley.jsonl', 'halley import file --from halley.jsonl --apply'],
    async load() {
      const { readExport } = await import('../../imports/file/read.ts');
      return async (from) => readExport(from);
    },
  },
};

export function addImport(program: Command, context: Context): void {
  const command = program
    .command('import')
    .description(
      'take accounts, keys with their values, channels and prices over from another gateway, as root',
    );
  for (const [name, reader] of Object.entries(readers)) addReader(command, context, name, reader);
}

function addReader(parent: Command, context: Context, name: string, reader: Reader): void {
  const command = importOptions(parent.command(name), reader.from)
    .description(`take over from ${reader.title}; without --apply it only says what would happen`)
    .action((options: ImportOptions) => runFrom(context, reader, options));
  if (reader.help) command.addHelpText('after', reader.help());
  examples(command, ...reader.examples);
}

const importOptions = (command: Command, from: string): Command =>
  remote(command)
    .requiredOption('--from <place>', from)
    .option('--apply', 'do it')
    .addOption(new Option('--only <kinds...>', 'only some of it').choices(importKinds));

async function runFrom(context: Context, reader: Reader, options: ImportOptions): Promise<void> {
  const { terminal } = context;
  const client = connect(context, options);
  const read = await reader.load();
  const plan = chosen(await readPlan(() => read(options.from, nowSeconds(context))), options.only);
  const isDryRun = !options.apply;
  const tallies = await runImport({ client, plan, source: `imported from ${reader.title}`, isDryRun });
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

async function readPlan(read: () => Promise<ImportPlan>): Promise<ImportPlan> {
  try {
    return await read();
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
