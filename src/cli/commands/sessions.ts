/** `halley sessions`: lists one's own sessions of the console, and ends them. */
import type { Command } from 'commander';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import { type Fields, type ListOptions, listOptions, printList, timeColumn } from '../listing.ts';
import type { Column } from '../table.ts';

const path = '/api/user/session';

const columnsOf = (context: Context, options: ListOptions): readonly Column<Fields>[] => [
  { head: 'ID', full: (session) => visible(session.id) },
  { head: 'BROWSER', full: (session) => visible(session.browser || session.user_agent), shrinksTo: 12 },
  { head: 'SYSTEM', full: (session) => visible(session.system), rank: 2 },
  { head: 'FROM', full: (session) => visible(session.address), rank: 1 },
  timeColumn(context, options, 'LAST USED', (session) => session.last_used_time),
  timeColumn(context, options, 'CREATED', (session) => session.created_time, { rank: 3 }),
];

export function addSessions(program: Command, context: Context): void {
  const { terminal } = context;
  const sessions = program.command('sessions').description('your sessions of the console');
  const list = listOptions(
    sessions.command('list').description('list your sessions, the last used first'),
    'sessions',
  ).action(async (options: ListOptions) => {
    const columns = columnsOf(context, options);
    const listing = { path, query: {}, flags: {}, byCursor: false, nouns: 'sessions', columns };
    await printList(context, connect(context, options), listing, options);
  });
  examples(list, 'halley sessions list');
  const end = remote(
    sessions
      .command('end [id]')
      .description('end a session, or all of them; every node refuses it when the command returns'),
  )
    .option('--all', 'end all of your sessions')
    .action(async (id: string | undefined, options: RemoteOptions & { readonly all?: true }) => {
      if ((id === undefined) === (options.all === undefined))
        throw usageError('Give the id of a session, or --all.');
      const place = id === undefined ? path : `${path}/${encodeURIComponent(id)}`;
      const ended = await connect(context, options).call({ path: place, method: 'DELETE' });
      const count = id === undefined ? Number(ended) : 1;
      if (options.json) return printJson(terminal, { ended: count });
      terminal.print(count === 1 ? 'One session has ended.' : `${count} sessions have ended.`);
    });
  examples(end, 'halley sessions end 3f9a0c21b7de5510', 'halley sessions end --all');
}
