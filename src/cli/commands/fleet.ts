/** `halley fleet`: the nodes that share a database. */
import type { Command } from 'commander';
import { pause } from '../../platform/clock.ts';
import { asRecord, type Client, recordsOf } from '../client.ts';
import { type Context, connect, examples, remote } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Fields, type RowsOptions, tableOptions, timeColumn } from '../listing.ts';
import { type Column, Table } from '../table.ts';
import { addFleetRevocations } from './fleet-revocations.ts';

/** The response of the API, extended by the result of a second look at nodes that were behind. */
interface Look {
  readonly fleet: Fields;
  readonly nodes: readonly Fields[];
}

async function look(client: Client): Promise<Look> {
  const fleet = asRecord(await client.call({ path: '/api/fleet' }));
  return { fleet, nodes: recordsOf(fleet.nodes) };
}

/** Returns the nodes that have still not applied a change that was logged before the earlier look. */
function stuckSince({ fleet }: Look, { nodes }: Look): ReadonlySet<unknown> {
  const stuck = nodes.filter(({ acknowledged }) => Number(acknowledged) < Number(fleet.log_head));
  return new Set(stuck.map(({ incarnation }) => incarnation));
}

/** Returns one sentence for each problem; an empty list means that all nodes are well. */
function troublesOf({ nodes }: Look, stuck: ReadonlySet<unknown>): string[] {
  const troubles = nodes.flatMap(({ name, incarnation, state, lease_age_ms }) => {
    if (state === 'silent') {
      return [
        `${name} has been silent for ${seconds(lease_age_ms)}, which is longer than a lease: it serves nothing.`,
      ];
    }
    return stuck.has(incarnation)
      ? [`${name} has not applied the latest changes for a whole lease: it slows down every deletion.`]
      : [];
  });
  if (!nodes.some(({ answered }) => answered === true)) {
    troubles.push('The node that responded is not registered now: it serves nothing.');
  }
  return troubles;
}

const seconds = (ms: unknown): string => `${(Number(ms) / 1000).toFixed(1)} s`;

function columnsOf(
  context: Context,
  stuck: ReadonlySet<unknown>,
  options: RowsOptions,
): readonly Column<Fields>[] {
  const isStuck = (node: Fields) => stuck.has(node.incarnation) && node.state === 'behind';
  return [
    {
      head: 'NODE',
      full: (node) => visible(node.name) + (node.answered === true ? ' *' : ''),
      shrinksTo: 12,
    },
    { head: 'STATE', full: (node) => visible(isStuck(node) ? 'stuck' : node.state) },
    { head: 'VERSION', full: (node) => visible(node.version), rank: 1 },
    { head: 'INCARNATION', full: (node) => visible(node.incarnation), rank: 3 },
    { head: 'LEASE AGE', full: (node) => seconds(node.lease_age_ms) },
    { head: 'LAG', full: (node) => visible(node.log_lag) },
    timeColumn(context, options, 'STARTED', (node) => node.started_at, { rank: 2 }),
  ];
}

export function addFleet(program: Command, context: Context): void {
  const { terminal } = context;
  const fleet = program.command('fleet').description('the nodes that share a database, for administrators');
  addFleetRevocations(fleet, context);
  const command = tableOptions(
    remote(
      fleet
        .command('status')
        .description(
          'list the nodes; exit code 0 = all are well, 1 = a node is silent or stuck, or responds without being registered',
        ),
    ),
  ).action(async (options: RowsOptions) => {
    const client = connect(context, options);
    const first = await look(client);
    let last = first;
    let stuck: ReadonlySet<unknown> = new Set();
    if (first.nodes.some(({ state }) => state === 'behind')) {
      // Every node is behind for a moment after a change. Only a node that stays behind for a lease has a problem.
      await pause(Number(first.fleet.lease_ms));
      last = await look(client);
      stuck = stuckSince(first, last);
    }
    const troubles = troublesOf(last, stuck);
    if (options.json) printJson(terminal, last.fleet);
    else show(context, last, stuck, options);
    for (const trouble of troubles) terminal.warn(visible(trouble));
    if (troubles.length > 0) context.setExitCode(exitCodes.failure);
  });
  command.addHelpText(
    'after',
    `
States: well; behind = has not acknowledged the last changes yet, as every node for a moment after a change;
stuck = still behind after a lease; silent = no lease renewal for longer than a lease. * is the node that responded.`,
  );
  examples(command, 'halley fleet status', 'halley fleet status --json');
}

function show(
  context: Context,
  { fleet, nodes }: Look,
  stuck: ReadonlySet<unknown>,
  options: RowsOptions,
): void {
  const { terminal } = context;
  const table = new Table(terminal, columnsOf(context, stuck, options), options);
  table.add(nodes);
  table.end();
  if (fleet.mode === 'embedded') terminal.warn('This gateway has a database of its own: there is no fleet.');
  const versions = new Set(nodes.map(({ version }) => version));
  if (versions.size > 1) terminal.warn(`The nodes run ${versions.size} versions.`);
}
