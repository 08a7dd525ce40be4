/** `halley fleet revocations`: the last changes of rights, and how long each took. */
import type { Command } from 'commander';
import { type Context, connect, examples, remote } from '../context.ts';
import { visible } from '../display.ts';
import { type Fields, printRows, type RowsOptions, tableOptions, timeColumn } from '../listing.ts';
import type { Column } from '../table.ts';

const took = ({ confirmed, took_ms }: Fields): string =>
  confirmed === true ? `${Number(took_ms).toFixed(1)} ms` : 'not confirmed';

const columnsOf = (context: Context, options: RowsOptions): readonly Column<Fields>[] => [
  timeColumn(context, options, 'TIME', ({ committed_ms }) => Math.floor(Number(committed_ms) / 1000)),
  { head: 'CHANGE', full: ({ action }) => visible(action).replaceAll('_', ' ') },
  { head: 'OF', full: ({ subjects }) => visible(subjects), rank: 3 },
  { head: 'TOOK', full: took },
  { head: 'NODES', full: ({ nodes }) => visible(nodes), rank: 2 },
  { head: 'SILENT', full: ({ silent }) => visible(silent), rank: 1 },
];

export function addFleetRevocations(fleet: Command, context: Context): void {
  const command = tableOptions(
    remote(
      fleet
        .command('revocations')
        .description(
          'list the last changes of rights through the node that responds, and how long each took',
        ),
    ),
  ).action(async (options: RowsOptions) => {
    const data = await connect(context, options).call({ path: '/api/fleet/revocations' });
    printRows(context, { nouns: 'changes', columns: columnsOf(context, options) }, data, options);
  });
  examples(command, 'halley fleet revocations', 'halley fleet revocations --json');
}
