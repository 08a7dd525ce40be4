/** `halley explain`: one request with its timeline, its tries and the terms of its charge. */
import type { Command } from 'commander';
import { asRecord, recordsOf } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { amount, count, printFields, printJson, printTable, visible } from '../display.ts';
import { type Fields, when } from '../listing.ts';

/** The option or argument that sets the query parameter. Error messages name it. */
const flags = { request_id: '<request>' };

const ms = (value: unknown): string => (Number(value) < 0 ? '' : `${visible(value)} ms`);

export function addExplain(program: Command, context: Context): void {
  const command = remote(
    program
      .command('explain <request>')
      .description(
        'explain one request: its timeline, the upstreams that were tried, the terms of its charge',
      ),
  ).action(async (requestId: string, options: RemoteOptions) => {
    const query = { request_id: requestId };
    const gateway = connect(context, options);
    const detail = asRecord(await gateway.call({ path: '/api/log/detail', query, flags }));
    if (options.json) printJson(context.terminal, detail);
    else printDetail(context, gateway.url, detail);
  });
  examples(command, 'halley explain 6f9619ff8b86d011', 'halley explain 6f9619ff8b86d011 --json');
}

function printDetail(context: Context, url: string, detail: Fields): void {
  const { terminal } = context;
  const record = asRecord(detail.record);
  const error = detail.error === null ? undefined : asRecord(detail.error);
  printFields(terminal, [
    ['request', visible(record.request_id)],
    ['time', when(context, record.created_at)],
    ['status', visible(`${record.status} ${record.outcome}`)],
    ...(error ? [['error', visible(`${error.code}: ${error.text}`)] as const] : []),
    ...(error?.documentation ? [['see', visible(`${url}${error.documentation}`)] as const] : []),
    ['key', visible(record.token_name || record.token_id)],
    ['model', visible(record.model_name)],
    ['tokens', `${count(record.prompt_tokens)} in, ${count(record.completion_tokens)} out`],
    ['took', ms(record.total_ms)],
    ['charged', amount(record.quota)],
  ]);
  const timeline = detail.timeline === null ? {} : asRecord(detail.timeline);
  const phases = Object.entries(timeline).map(([name, at]) => [
    name.replace(/_ms$/, '').replaceAll('_', ' '),
    ms(at),
  ]);
  if (phases.length > 0) printPart(context, ['REACHED', 'AFTER'], phases);
  const tries = recordsOf(detail.tries).map((made, index) => [
    String(index + 1),
    visible(made.result),
    visible(made.status || ''),
    visible(made.channel_name),
    ms(made.start_ms),
    ms(made.first_byte_ms),
    ms(made.end_ms),
  ]);
  if (tries.length > 0)
    printPart(context, ['TRY', 'RESULT', 'STATUS', 'CHANNEL', 'START', 'FIRST BYTE', 'END'], tries);
  if (detail.cost !== null) printCost(context, asRecord(detail.cost));
}

function printCost(context: Context, cost: Fields): void {
  const lines = recordsOf(cost.lines).map(({ kind, count: pieces, price, per, units }) => [
    visible(kind),
    count(pieces),
    `$${visible(price)}${per === 'million' ? ' / 1M' : ''}`,
    `x ${visible(cost.multiplier)}`,
    visible(units),
  ]);
  const sum = ['sum', '', '', '', visible(cost.exact_units)];
  const charged = ['charged', '', '', '', count(cost.units)];
  printPart(context, ['COST', 'COUNT', 'PRICE', 'GROUP', 'UNITS'], [...lines, sum, charged]);
}

function printPart(
  { terminal }: Context,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  terminal.print('');
  printTable(terminal, head, rows);
}
