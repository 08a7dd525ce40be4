/** `halley fleet`: the nodes that share a database. */
import type { Command } from 'commander';
import { pause } from '../../platform/clock.ts';
import { asRecord, type Client, recordsOf } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { moment, printJson, printTable, visible } from '../display.ts';
import { exitCodes } from '../exit-codes.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The answer of the API, with what a second look has shown. */
interface Look {
  readonly fleet: Fields;
  readonly nodes: readonly Fields[];
}

async function look(client: Client): Promise<Look> {
  const fleet = asRecord(await client.call({ path: '/api/fleet' }));
  return { fleet, nodes: recordsOf(fleet.nodes) };
}

/** Nodes that have not carried out by now what was there at an earlier look. */
function stuckSince({ fleet }: Look, { nodes }: Look): ReadonlySet<unknown> {
  const stuck = nodes.filter(({ acknowledged }) => Number(acknowledged) < Number(fleet.log_head));
  return new Set(stuck.map(({ incarnation }) => incarnation));
}

/** What is not as it should be, a sentence each; empty = all nodes are well. */
function troublesOf({ nodes }: Look, stuck: ReadonlySet<unknown>): string[] {
  const troubles = nodes.flatMap(({ name, incarnation, state, lease_age_ms }) => {
    if (state === 'silent') {
      return [
        `${name} has not been heard of for ${seconds(lease_age_ms)}, which is longer than a lease: it serves nothing.`,
      ];
    }
    return stuck.has(incarnation)
      ? [`${name} has not carried out for a whole lease what it should: it slows down every deletion.`]
      : [];
  });
  if (!nodes.some(({ answered }) => answered === true)) {
    troubles.push('The node that answered is not registered now: it serves nothing.');
  }
  return troubles;
}

const seconds = (ms: unknown): string => `${(Number(ms) / 1000).toFixed(1)} s`;

function row(node: Fields, stuck: ReadonlySet<unknown>): string[] {
  return [
    visible(node.name) + (node.answered === true ? ' *' : ''),
    visible(stuck.has(node.incarnation) && node.state === 'behind' ? 'stuck' : node.state),
    visible(node.version),
    visible(node.incarnation),
    seconds(node.lease_age_ms),
    visible(node.log_lag),
    moment(node.started_at),
  ];
}

export function addFleet(program: Command, context: Context): void {
  const { terminal } = context;
  const fleet = program.command('fleet').description('the nodes that share a database, for administrators');
  const command = remote(
    fleet
      .command('status')
      .description(
        'list the nodes; ends with 0 when all are well, with 1 when one is silent, stuck, or answers without being registered',
      ),
  ).action(async (options: RemoteOptions) => {
    const client = connect(context, options);
    const first = await look(client);
    let last = first;
    let stuck: ReadonlySet<unknown> = new Set();
    if (first.nodes.some(({ state }) => state === 'behind')) {
      // Every node is behind for a moment after a change; only one that stays so is in trouble.
      await pause(Number(first.fleet.lease_ms));
      last = await look(client);
      stuck = stuckSince(first, last);
    }
    const troubles = troublesOf(last, stuck);
    if (options.json) printJson(terminal, last.fleet);
    else show(context, last, stuck);
    for (const trouble of troubles) terminal.warn(visible(trouble));
    if (troubles.length > 0) context.setExitCode(exitCodes.failure);
  });
  command.addHelpText(
    'after',
    `
States: well; behind = has not acknowledged the last changes yet, which is so for a moment after each;
stuck = still so after a lease; silent = not heard of for longer than a lease. * is the node that answered.`,
  );
  examples(command, 'halley fleet status', 'halley fleet status --json');
}

function show({ terminal }: Context, { fleet, nodes }: Look, stuck: ReadonlySet<unknown>): void {
  const head = ['NODE', 'STATE', 'VERSION', 'INCARNATION', 'LEASE AGE', 'LAG', 'STARTED'];
  printTable(
    terminal,
    head,
    nodes.map((node) => row(node, stuck)),
  );
  if (fleet.mode === 'embedded') terminal.warn('This gateway has a database of its own: there is no fleet.');
  const versions = new Set(nodes.map(({ version }) => version));
  if (versions.size > 1) terminal.warn(`The nodes run ${versions.size} versions.`);
}
