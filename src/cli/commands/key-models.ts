/** `halley keys models`: the models that a key may use. */
import type { Command } from 'commander';
import { limits } from '../../platform/limits.ts';
import { type Client, pageOf } from '../client.ts';
import { type Context, connect, examples, remote } from '../context.ts';
import { visible } from '../display.ts';
import { type Fields, printRows, type RowsOptions, tableOptions } from '../listing.ts';
import type { Column } from '../table.ts';
import { parseId } from '../values.ts';

interface ModelOptions extends RowsOptions {
  readonly search?: string;
}

const price = (model: Fields, name: string): string => {
  const value = (model.pricing as Fields)[name];
  return value === undefined ? '' : visible(value);
};

const columns: readonly Column<Fields>[] = [
  { head: 'MODEL', full: ({ id }) => visible(id), shrinksTo: 16 },
  { head: 'PROVIDER', full: ({ provider }) => visible(provider), rank: 3 },
  { head: 'TYPE', full: ({ model_type }) => visible(model_type), rank: 4 },
  { head: 'CONTEXT', full: ({ context_length }) => visible(context_length ?? ''), rank: 2 },
  { head: 'INPUT', full: (model) => price(model, 'input') },
  { head: 'OUTPUT', full: (model) => price(model, 'output') },
  {
    head: 'GROUPS',
    full: ({ groups }) => (groups as readonly Fields[]).map(({ name }) => visible(name)).join(', '),
    rank: 1,
  },
];

async function allModels(client: Client, id: string, keyword: string | undefined): Promise<Fields[]> {
  const size = limits.page_size_max;
  const found: Fields[] = [];
  for (let page = 1; ; page += 1) {
    const request = {
      path: `/api/token/${parseId(id)}/models`,
      query: { keyword, p: page, page_size: size },
      flags: { keyword: '--search' },
    };
    const { items } = pageOf(await client.call(request));
    found.push(...items);
    if (items.length < size) return found;
  }
}

export function addKeyModels(keys: Command, context: Context): void {
  const command = tableOptions(
    remote(
      keys
        .command('models <id>')
        .description('list the models that a key may use, with USD per million tokens'),
    ),
  )
    .option('--search <text>', 'only models with this text in their id, name or provider')
    .action(async (id: string, options: ModelOptions) => {
      const models = await allModels(connect(context, options), id, options.search);
      const hint = 'See: halley keys show <id>';
      printRows(context, { nouns: 'models', columns, hint }, models, options);
    });
  examples(command, 'halley keys models 12', 'halley keys models 12 --search claude --json');
}
