/** `npm run test:docs-python`: runs the Python blocks of the documentation with the SDKs from PyPI. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startDemoGateway } from '../clients/demo-gateway.ts';
import { blocksOf, pages } from './blocks.ts';

const help = `Usage: npm run test:docs-python -- [options]

Makes a virtual environment of Python in a temporary directory, installs pinned versions of the SDKs that the Python
blocks of the documentation import (700 MB), and runs each block against a gateway with the demo models. The exit code
says whether all ran. It needs python3 with venv, and the network.

  --python <path>  an interpreter that has the packages already: nothing is installed
  --help           this text`;

/** Packages of PyPI by the module that a block imports. */
const packages: Readonly<Record<string, string>> = {
  openai: 'openai==2.54.0',
  anthropic: 'anthropic==2.14.0',
  'google.genai': 'google-genai==3.6.1',
  langchain_openai: 'langchain-openai==1.7.4',
  'llama_index.llms.openai_like': 'llama-index-llms-openai-like==0.8.1',
  litellm: 'litellm==1.110.2',
};
const standard = new Set(['os', 're', 'zlib']);

const say = (text: string) => void process.stdout.write(`${text}\n`);
const run = promisify(execFile);
const output = { maxBuffer: 50_000_000 };

const blocks = pages
  .flatMap(blocksOf)
  .filter(({ language, notRun }) => language === 'python' && notRun === undefined);

/** @returns the modules that a block imports, `from a import b` as `a.b` where such a module is known */
function importsOf(text: string): readonly string[] {
  const modules = [...text.matchAll(/^import (.+)$/gm)].flatMap(([, names = '']) => names.split(/, */));
  const parts = [...text.matchAll(/^from (\S+) import (\w+)/gm)].map(([, from = '', name]) =>
    `${from}.${name}` in packages ? `${from}.${name}` : from,
  );
  return [...modules, ...parts].filter((module) => !standard.has(module));
}

/** @throws Error when a block imports what is not pinned here */
function neededPackages(): readonly string[] {
  const modules = new Set(blocks.flatMap(({ text }) => importsOf(text)));
  return [...modules].map((module) => {
    const wanted = packages[module];
    if (wanted === undefined) throw new Error(`tests/docs/run-python.ts pins no package with ${module}`);
    return wanted;
  });
}

/** @returns the interpreter */
async function install(directory: string): Promise<string> {
  await run('python3', ['-m', 'venv', directory]);
  const python = join(directory, 'bin/python');
  const wanted = neededPackages();
  say(`installing ${wanted.join(' ')}`);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', ...wanted], output);
  return python;
}

async function runBlocks(python: string, cwd: string): Promise<void> {
  const gateway = await startDemoGateway();
  try {
    const { value: KEY } = await gateway.createKey();
    const { host } = new URL(gateway.url);
    // Nobody else's settings, and no proxy between a block and the gateway.
    const env = { PATH: process.env.PATH, HOME: cwd, KEY };
    for (const { page, line, text } of blocks) {
      const code = text.replaceAll('127.0.0.1:8787', host);
      const { stdout, fault } = await run(python, ['-c', code], { cwd, env, ...output }).then(
        (result) => ({ stdout: result.stdout, fault: '' }),
        (error: { stdout?: string; stderr?: string; message: string }) => ({
          stdout: error.stdout ?? '',
          fault: error.stderr || error.message,
        }),
      );
      const isAnswered = !text.includes('Say hello.') || stdout.includes('You said: "Say hello."');
      const isFine = fault === '' && isAnswered;
      say(`${isFine ? 'ok    ' : 'FAILED'} ${page}:${line} ${importsOf(text).join(' ')}`);
      if (isFine) continue;
      say(`${stdout}${fault}`);
      process.exitCode = 1;
    }
  } finally {
    await gateway.stop();
  }
}

async function main(given: string | undefined): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'halley-docs-python-'));
  try {
    await runBlocks(given ?? (await install(join(directory, 'environment'))), directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: { python: { type: 'string' }, help: { type: 'boolean', default: false } },
});
if (values.help) say(help);
else await main(values.python);
