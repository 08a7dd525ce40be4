/** `npm run test:litellm`: the tests of `halley import litellm` on a database that LiteLLM's own migrations made. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrationsVariable } from '../support/litellm-database.ts';

const help = `Usage: npm run test:litellm -- [options]

Downloads LiteLLM's migrations (the Python package litellm-proxy-extras) into a temporary directory, runs them on the
embedded PostgreSQL, and takes keys over from there. Needs python3 with pip; without them it says so and does nothing.

  --version <text>  of the package (default 0.4.110)
  --help            this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** @returns whether it ended well */
function runs(command: string, args: readonly string[]): boolean {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) say(String(stderr ?? `${command} is not installed`).trim());
  return status === 0;
}

function test(version: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'halley-litellm-'));
  try {
    const wanted = `litellm-proxy-extras==${version}`;
    if (!runs('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', dir, wanted])) {
      say(`NOT RUN: ${wanted} cannot be downloaded with python3 and pip.`);
      return;
    }
    const wheel = join(dir, `litellm_proxy_extras-${version}-py3-none-any.whl`);
    if (!runs('python3', ['-m', 'zipfile', '-e', wheel, dir])) {
      say(`NOT RUN: ${wanted} has no wheel that can be unpacked.`);
      return;
    }
    const file = join(import.meta.dirname, '../cli/import-litellm.test.ts');
    const env = { ...process.env, [migrationsVariable]: join(dir, 'litellm_proxy_extras/migrations') };
    const { status } = spawnSync(process.execPath, ['--test', file], { env, stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: { version: { type: 'string', default: '0.4.110' }, help: { type: 'boolean', default: false } },
});
if (values.help) say(help);
else test(values.version);
