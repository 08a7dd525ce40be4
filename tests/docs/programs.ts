/** Runs a block that is a program for Node, as its reader would: with `KEY` in the environment. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Gateway } from '../support/gateway.ts';
import { type Block, root } from './blocks.ts';

/** Languages, and what Node calls them. */
export const programTypes: Readonly<Record<string, string>> = { ts: 'module-typescript', js: 'module' };

const run = promisify(execFile);

/** @throws when it fails, or when a program that asks the demo model has not printed the answer */
export async function runProgram(block: Block, gateway: Gateway, key: string): Promise<void> {
  const { host } = new URL(gateway.url);
  const code = block.text.replaceAll('127.0.0.1:8787', host);
  const type = `--input-type=${programTypes[block.language]}`;
  const { stdout } = await run(process.execPath, [type, '--eval', code], {
    // The packages are those of the checkout.
    cwd: root,
    env: { PATH: process.env.PATH, KEY: key },
  });
  const [, question] = /'(Say hello\.|Hello)'/.exec(block.text) ?? [];
  if (question !== undefined) assert.ok(stdout.includes(`You said: "${question}"`), stdout);
}
