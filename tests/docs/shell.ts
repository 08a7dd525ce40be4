/** Runs the shell blocks of a page as its reader would: in one shell, in their order, in an empty directory. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import type { Block } from './blocks.ts';

const address = /127\.0\.0\.1:8787|localhost:8787/g;
const startsItself = /\bhalley serve\b|\bnpm start\b/;
const mark = '__block';

export interface ShellRun {
  readonly code: number | null;
  /** What each block wrote to standard output and error, in their order; fewer where one failed. */
  readonly outputs: readonly string[];
}

/**
 * @param bin directory with `halley`
 * @throws Error when the gateway does not start
 */
export async function runShell(blocks: readonly Block[], bin: string): Promise<ShellRun> {
  const cwd = mkdtempSync(join(tmpdir(), 'halley-docs-'));
  const script = blocks.map(({ text }) => text).join('\n');
  const gateway = startsItself.test(script)
    ? undefined
    : await startGateway({ env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '2' } });
  try {
    const host = gateway ? new URL(gateway.url).host : `127.0.0.1:${await freePort()}`;
    const env = {
      HOME: cwd,
      PATH: `${bin}:${process.env.PATH}`,
      NO_COLOR: '1',
      ...(gateway ? await asRoot(gateway) : { HALLEY_LISTEN: host, HALLEY_DEMO_ENABLED: 'true' }),
    };
    const lines = blocks.map(({ text }, at) => `echo ${mark} ${at}\n${text.replaceAll(address, host)}`);
    return await inShell(lines.join('\n'), cwd, env);
  } finally {
    await gateway?.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function asRoot(gateway: Gateway): Promise<Record<string, string>> {
  const { value } = await gateway.createKey({ name: 'docs' });
  return { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token, KEY: value };
}

function inShell(script: string, cwd: string, env: Record<string, string>): Promise<ShellRun> {
  // Its own process group, so that what a page leaves running ends with it.
  const shell = spawn('sh', ['-eu', '-c', `exec 2>&1\n${script}`], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  shell.stdout.on('data', (data) => (output += data));
  return new Promise((resolve) => {
    shell.on('exit', (code) => {
      try {
        process.kill(-(shell.pid ?? 0), 'SIGKILL');
      } catch {
        // Nothing runs any more.
      }
      resolve({ code, outputs: output.split(new RegExp(`^${mark} \\d+\\n`, 'm')).slice(1) });
    });
  });
}
