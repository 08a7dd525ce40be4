/** `halley audit`: lists and exports the audit log. */
import { type Command, Option } from 'commander';
import { auditActions, auditObjects } from '../../domain/audit-terms.ts';
import { limits } from '../../platform/limits.ts';
import { type Context, connect, examples, nowSeconds, remote } from '../context.ts';
import { visible } from '../display.ts';
import { type Fields, type ListOptions, printList, tableOptions, timeColumn } from '../listing.ts';
import { parseBetween, parseId, parseTime } from '../values.ts';

interface AuditOptions extends ListOptions {
  readonly allUsers?: true;
  readonly actor?: string;
  readonly owner?: string;
  readonly address?: string;
  readonly action?: string;
  readonly object?: string;
  readonly id?: string;
  readonly since?: number;
  readonly until?: number;
}

/** The option that sets each query parameter. Error messages name the option. */
const flags = {
  actor_id: '--actor',
  owner_id: '--owner',
  address: '--address',
  action: '--action',
  object_type: '--object',
  object_id: '--id',
  start_time: '--since',
  end_time: '--until',
};

export function addAudit(program: Command, context: Context): void {
  const time = (text: string) => parseTime(text, nowSeconds(context));
  const command = tableOptions(
    remote(
      program
        .command('audit')
        .description('list who changed what, newest first: your own objects, or those of all accounts'),
    ),
  )
    .option('--all', 'all entries rather than a page of them')
    .option(
      '--page-size <number>',
      `entries on a page, 1 to ${limits.page_size_max}; ${limits.page_size_default} unless given`,
      parseBetween(1, limits.page_size_max),
    )
    .option('--all-users', 'entries about all accounts and the gateway, for administrators')
    .option('--actor <id>', 'only what this account did, for administrators', parseId)
    .option('--owner <id>', 'only what happened to objects of this account, for administrators', parseId)
    .option('--address <ip>', 'only what was done from this address, for administrators')
    .addOption(new Option('--action <action>', 'only this').choices(auditActions))
    .addOption(new Option('--object <type>', 'only objects of this type').choices(auditObjects))
    .option('--id <id>', 'only the object with this id; goes with --object', parseId)
    .option('--since <when>', '2h, 7d, 2027-01-01 (UTC) or 2027-01-01T12:00Z', time)
    .option('--until <when>', 'the same, for the end', time)
    .action(async (options: AuditOptions) => {
      const { allUsers, actor, owner, address, action, object, id, since, until } = options;
      const ofAll = allUsers === true || [actor, owner, address].some((given) => given !== undefined);
      const listing = {
        path: ofAll ? '/api/audit' : '/api/audit/self',
        query: {
          actor_id: actor,
          owner_id: owner,
          address,
          action,
          object_type: object,
          object_id: id,
          start_time: since,
          end_time: until,
        },
        flags,
        byCursor: true,
        nouns: 'entries',
        columns: [
          timeColumn(context, options, 'TIME', ({ created_ms }) => Math.floor(Number(created_ms) / 1000)),
          { head: 'WHO', full: who, shrinksTo: 10 },
          { head: 'DID', full: (entry: Fields) => visible(entry.action) },
          { head: 'OBJECT', full: objectOf, shrinksTo: 16 },
          { head: 'CHANGES', full: changesOf, shrinksTo: 24 },
          { head: 'ADDRESS', full: (entry: Fields) => visible(entry.address), rank: 1 },
          { head: 'BY', full: (entry: Fields) => visible(entry.credential), rank: 2 },
          { head: 'REQUEST', full: (entry: Fields) => visible(entry.request_id), rank: 3 },
        ],
      };
      await printList(context, connect(context, options), listing, options);
    });
  examples(
    command,
    'halley audit --since 24h',
    'halley audit --all-users --object channel --all --json > changes.json',
    'halley audit --all-users --action sign_in_failed --since 1h',
  );
}

const who = ({ actor_name: name, actor_id: id, credential }: Fields): string =>
  visible(name || id || credential);

function objectOf({ object_type: type, object_id: id, object_name: name }: Fields): string {
  return visible([type, id || '', name && `"${name}"`].filter(Boolean).join(' '));
}

/** `name: "a" -> "b", password` */
function changesOf({ changes }: Fields): string {
  const each = (Array.isArray(changes) ? changes : []) as readonly Fields[];
  const texts = each.map(({ field, secret, before, after }) => {
    if (secret === true) return String(field);
    const former = before === undefined ? '' : `${JSON.stringify(before)} -> `;
    return `${field}: ${former}${JSON.stringify(after ?? null)}`;
  });
  return visible(texts.join(', '));
}
