/** Runs the real command line as a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileCache } from '../support/compile-cache.ts';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const longestMs = 240_000;
const entry = join(import.meta.dirname, '../../src/cli/halley.ts');

/**
 * @param args words of the command line
 * @param env the only variables it gets, besides PATH and an empty HOME
 * @param input its standard input, which is not a terminal
 */
export async function halley(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Outcome> {
  const home = mkdtempSync(join(tmpdir(), 'halley-cli-'));
  try {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: home,
      env: { PATH: process.env.PATH ?? '', HOME: home, ...compileCache, ...env },
      // A command that never ends would block the whole file.
      timeout: longestMs,
      killSignal: 'SIGKILL',
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // A command that does not read its input may end before the input is written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve).once('error', reject);
    });
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  } finally {
    rmSync(home, { recursive: true });
  }
}
