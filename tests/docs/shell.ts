/** Runs the shell blocks of a page as its reader would: in one shell, in their order, in an empty directory. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Block, root } from './blocks.ts';
import { writeUpstreamKeys } from './upstream-keys.ts';

/** What the pages call the address of a gateway, and that of a second one. */
const address = /127\.0\.0\.1:8787|localhost:8787/g;
const secondAddress = /127\.0\.0\.1:8788/g;
const serves = /\bhalley (?:serve|supervise)\b|\bnpm start\b/;
const callsGateway =
  /\$HALLEY_URL|\$KEY\b|127\.0\.0\.1:8787|\bhalley (?!init|serve|supervise|--version|help|completion)/;
const mark = '__block';

/** Files of the checkout that commands name. */
const givenFiles = ['src/ledger/price-list.json'];

export interface ShellRun {
  readonly code: number | null;
  /** What each block wrote to standard output and error, in their order; fewer where one failed. */
  readonly outputs: readonly string[];
}

/** Pages that change what others rely on have a gateway of their own. */
const disturbs =
  /\bhalley (?:root|secret|backup|restore|import|users|prices|doctor|ledger|--data-dir|channels (?:create|update|disable))\b/;

/**
 * @param bin directory with `halley`
 * @param shared gateway of the pages that do not disturb each other
 * @param signal ends everything that the blocks have started, when a test takes too long
 * @throws Error when the gateway does not start
 */
export async function runShell(
  blocks: readonly Block[],
  bin: string,
  shared: Gateway,
  signal: AbortSignal,
): Promise<ShellRun> {
  const cwd = mkdtempSync(join(tmpdir(), 'halley-docs-'));
  const script = blocks.map(({ text }) => text).join('\n');
  // The first gateway of such a page is its own.
  const startsItself =
    !secondAddress.test(script) && blocks.some(({ endless, text }) => !endless && serves.test(text));
  const own =
    !startsItself && callsGateway.test(script) && disturbs.test(script) ? await gatewayIn(cwd) : undefined;
  const gateway = startsItself || !callsGateway.test(script) ? undefined : (own ?? shared);
  try {
    const host = gateway ? new URL(gateway.url).host : `127.0.0.1:${await freePort()}`;
    const second = `127.0.0.1:${await freePort()}`;
    prepare(cwd, script);
    const env = {
      HOME: cwd,
      PATH: `${bin}:${process.env.PATH}`,
      NO_COLOR: '1',
      HALLEY_URL: `http://${host}`,
      ...(gateway ? await asRoot(gateway) : { HALLEY_LISTEN: host }),
    };
    const parts: string[] = [];
    for (const [at, block] of blocks.entries()) {
      const text = block.text.replaceAll(address, host).replaceAll(secondAddress, second);
      const code = block.endless ? await inBackground(text, join(cwd, `.endless-${at}`)) : text;
      parts.push(`echo ${mark} ${at}\n${code}`);
    }
    return await inShell(parts.join('\n'), cwd, env, signal);
  } finally {
    await own?.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Starts a gateway whose data are where those of one are that was started in this directory. */
function gatewayIn(cwd: string): Promise<Gateway> {
  const dataDir = join(cwd, 'halley-data');
  mkdirSync(dataDir, { mode: 0o700 });
  return startGateway({ dataDir, env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '2' } });
}

function prepare(cwd: string, script: string): void {
  writeUpstreamKeys(cwd, script);
  for (const file of givenFiles.filter((each) => script.includes(each))) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    copyFileSync(join(root, file), join(cwd, file));
  }
}

/** Runs a block that does not end, with a gateway of its own if it is one, until the whole shell ends. */
async function inBackground(text: string, file: string): Promise<string> {
  writeFileSync(file, text);
  const listen = `127.0.0.1:${await freePort()}`;
  const own = `HALLEY_LISTEN=${listen} HALLEY_DATA_DIR=${file}-data`;
  const isUp = serves.test(text) ? `curl -fs http://${listen}/readyz` : 'sleep 1';
  return `${serves.test(text) ? own : ''} sh -eu ${file} &
until ${isUp}; do kill -0 $!; sleep 0.1; done
kill -0 $!`;
}

async function asRoot(gateway: Gateway): Promise<Record<string, string>> {
  const { value } = await gateway.createKey({ name: 'docs' });
  return { HALLEY_TOKEN: gateway.token, KEY: value };
}

function inShell(
  script: string,
  cwd: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<ShellRun> {
  // Its own process group, so that what a page leaves running ends with it.
  const shell = spawn('sh', ['-eu', '-c', `exec 2>&1\n${script}`], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  shell.stdout.on('data', (data) => (output += data));
  const endAll = () => {
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    } catch {
      // Nothing runs any more.
    }
  };
  shell.once('exit', endAll);
  signal.addEventListener('abort', endAll);
  return new Promise((resolve) => {
    shell.once('close', (code) => {
      signal.removeEventListener('abort', endAll);
      resolve({ code, outputs: output.split(new RegExp(`${mark} \\d+\\n`)).slice(1) });
    });
  });
}
