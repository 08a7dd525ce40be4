/** Runs a program in a child process and returns its output. */
import { spawn } from 'node:child_process';

/** A search creates many short-lived states. With less room, garbage collection takes a third of the time. */
const youngGeneration = '--max-semi-space-size=64';

/** @returns the complete output when the process has ended, with any exit code */
export function outputOf(args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(process.execPath, [youngGeneration, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.on('error', reject);
  child.on('close', () => resolve(output));
  return promise;
}
