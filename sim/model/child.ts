/** Runs a program of its own and takes what it says. */
import { spawn } from 'node:child_process';

/** A search makes many states that are soon forgotten: with less room a third of the time goes into collecting them. */
const youngGeneration = '--max-semi-space-size=64';

/** @returns all that it wrote, when it has ended, however it did */
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
