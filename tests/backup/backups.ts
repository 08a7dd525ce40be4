/** Creates data directories and backups, and runs the commands for them. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { halley, type Outcome } from '../cli/halley.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

export type Ending = { after(run: () => Promise<void> | void): void };

export const passphrase = 'a passphrase of the tests';
export const fromInput = ['--passphrase-file', '-'] as const;

export function temporaryDirectory(t: Ending): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-backup-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface Place {
  /** Does not exist yet, as on a new machine. */
  readonly dataDir: string;
  path(name: string): string;
  /** @param entry entry point to run instead of the command line, for mutants */
  start(env?: Readonly<Record<string, string>>, entry?: string): Promise<Gateway>;
  /** Fails the test when the command fails. */
  backup(target: string, ...args: string[]): Promise<Outcome>;
  restore(from: string, ...args: string[]): Promise<Outcome>;
}

const token = 'root-token-of-the-backup-tests';

export function makePlace(t: Ending, dir = temporaryDirectory(t)): Place {
  const dataDir = join(dir, 'data');
  const own = ['--data-dir', dataDir];
  return {
    dataDir,
    path: (name) => join(dir, name),
    async start(env = {}, entry) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      const gateway = await startGateway({
        dataDir,
        env: { HALLEY_BOOTSTRAP_TOKEN: token, ...env },
        ...(entry === undefined ? {} : { entry }),
      });
      t.after(() => void gateway.process.kill('SIGKILL'));
      return gateway;
    },
    async backup(target, ...args) {
      const outcome = await halley(['backup', target, ...own, ...args], {}, `${passphrase}\n`);
      assert.equal(outcome.code, exitCodes.ok, outcome.stderr);
      return outcome;
    },
    restore: (from, ...args) => halley(['restore', from, ...own, '--yes', ...args], {}, `${passphrase}\n`),
  };
}
