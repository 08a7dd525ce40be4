/** Errors of the gateway name the option or argument for every field that a command can send. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Command } from 'commander';
import { allCommands } from '../../src/cli/all-commands.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { systemTerminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { onScreen } from './screen.ts';

/** Fields of the last body, or names of the last query; and the field that the next error is about. */
let sent: string[] = [];
let wrong: string | undefined;

const server = createServer(async (req, res) => {
  let text = '';
  for await (const chunk of req) text += chunk;
  const query = [...new URL(req.url ?? '', 'http://x').searchParams.keys()];
  const { models, ...body } = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  // The prices of a model are sent in a list.
  const isPrice = Array.isArray(models) && typeof models[0] === 'object';
  const fields = isPrice
    ? Object.keys(models[0] as object).map((name) => `models[0].${name}`)
    : Object.keys(body);
  sent = [...fields, ...(models === undefined || isPrice ? [] : ['models']), ...query];
  const message = `The field "${wrong ?? sent[0]}" must be other.`;
  res.writeHead(400).end(JSON.stringify({ success: false, message, code: 'invalid_value' }));
});
let url = '';
const dir = mkdtempSync(join(tmpdir(), 'halley-flags-'));
const file = join(dir, 'secret');
before(async () => {
  writeFileSync(file, 'a secret of some length');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  url = `http://127.0.0.1:${address.port}`;
});
after(() => {
  rmSync(dir, { recursive: true });
  server.closeAllConnections();
  server.close();
});

const program = buildProgram(
  {
    terminal: systemTerminal(),
    clock: systemClock,
    random: systemRandom,
    setExitCode: () => undefined,
  },
  allCommands,
);

const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

const pathOf = (command: Command): string[] =>
  command.parent ? [...pathOf(command.parent), command.name()] : [];

/** Sent by the command line itself, independent of the options. */
const own = new Set(['p', 'page_size', 'all', 'action']);

/** Commands that send no user input, work on this machine, or make several calls. */
const apart = new Set([
  'init',
  'serve',
  'settings',
  'doctor',
  'health',
  'migrate',
  'openapi',
  'completion',
  'help',
  'login',
  'logout',
]);

/** Options that exclude others, so that each needs a command line of its own. */
const apartFrom: Readonly<Record<string, string>> = {
  '--quota-usd': '--quota',
  '--unlimited': '--quota',
  '--budget-usd': '--budget',
  '--no-budget': '--budget',
  '--disable': '--enable',
  '--no-cross-group-retry': '--cross-group-retry',
  '--units': '--usd',
  '--all': '--page',
  '--follow': '--page',
  '--csv': '--json',
  '--current-file': '--password-file',
};

const values: Readonly<Record<string, string>> = {
  '--expires': '30d',
  '--since': '7d',
  '--until': '1d',
  '--map': 'a=b',
  '--header': 'a:b',
  '--option': 'openai_api=chat',
  '--tier': 'flex:input=1,output=2',
  '--by': 'day',
  '--key': '7',
};

function textFor({ long, flags, argChoices }: Command['options'][number]): string | undefined {
  if (!/<.*>/.test(flags)) return undefined;
  return argChoices?.[0] ?? values[long ?? ''] ?? (/<file>/.test(flags) ? file : '1');
}

/** Returns the command with all compatible options, and once more for each incompatible one. */
function commandLines(command: Command): string[][] {
  const args = command.registeredArguments.map((argument) => (argument.name() === 'file' ? file : '7'));
  const skipped = new Set(['--url', '--profile', '--wide', '--utc', '--json', '--show-values']);
  const words = command.options
    .filter(({ long }) => !skipped.has(long ?? '') && !Object.hasOwn(apartFrom, long ?? ''))
    .flatMap((option) => [
      option.long ?? '',
      ...(textFor(option) === undefined ? [] : [textFor(option) ?? '']),
    ]);
  const whole = [...pathOf(command), ...args, ...words];
  const others = command.options
    .filter(({ long }) => ['--quota-usd', '--unlimited', '--budget-usd', '--units'].includes(long ?? ''))
    .map((option) => [...pathOf(command), ...args, option.long ?? '', textFor(option) ?? ''].filter(Boolean));
  // Without an id the command changes the caller's own password.
  const password = [...pathOf(command), '--current-file', file, '--password-file', file];
  if (command.name() === 'password') return [whole, password];
  return [
    whole,
    ...others.map((line) => [...line, ...(words.includes('--reason') ? ['--reason', 'x'] : [])]),
  ];
}

test('every field that a command can send has an option, and errors name it', async () => {
  const seen = new Set<string>();
  const options = { env: { HALLEY_URL: url, HALLEY_TOKEN: 'a-token' }, answers: ['y', 'y', 'y'] };
  for (const command of nonEmpty(leavesOf(program))) {
    const path = pathOf(command);
    // The error of an upstream in a channel test passes through unchanged.
    if (path.join(' ') === 'channels test') continue;
    if (apart.has(path[0] ?? '') || ['ledger', 'secret', 'profiles'].includes(path[0] ?? '')) continue;
    for (const line of nonEmpty(commandLines(command))) {
      [wrong, sent] = [undefined, []];
      const first = await onScreen(line, options);
      assert.ok(first.error || sent.length === 0, line.join(' '));
      const isSwitch = /^(en|dis)able$/.test(command.name());
      for (const field of maybeEmpty(
        sent.filter((name) => !own.has(name) && !(isSwitch && name === 'status')),
      )) {
        wrong = field;
        const { error } = await onScreen(line, options);
        const name = `${path.join(' ')}: ${field}: ${error?.message}`;
        const flag = /^(--[a-z-]+|<[a-z]+>) must be other\.$/.exec(error?.message ?? '')?.[1];
        assert.ok(flag, name);
        const known = [
          ...command.options.map(({ long }) => long),
          ...command.registeredArguments.map((argument) => `<${argument.name()}>`),
        ];
        assert.ok(known.includes(flag), name);
        seen.add(`${path.join(' ')} ${field}`);
      }
    }
  }
  // Ensures that the test has covered some of every kind.
  for (const each of [
    'keys create remain_quota',
    'keys update expired_time',
    'users create password',
    'users password original_password',
    'channels create model_mapping',
    'prices set models[0].per_image',
    'prices set models[0].tiers',
    'logs model_name',
    'users topup trade_no',
  ]) {
    assert.ok(seen.has(each), `${each} was not tried: ${[...seen].join(', ')}`);
  }
});

test('every command that prints something has --json', () => {
  const without = new Set([
    'serve',
    'supervise',
    'restore',
    'root reset',
    'health',
    'openapi',
    'completion',
    'help',
  ]);
  for (const command of nonEmpty(leavesOf(program))) {
    const path = pathOf(command).join(' ');
    const has = command.options.some(({ long }) => long === '--json');
    assert.ok(has || without.has(path), path);
  }
});
