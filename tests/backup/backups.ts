/** Data directories, backups and the commands that make and restore them, for the tests of both. */
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
  /** Not made yet, as for a new machine. */
  readonly dataDir: string;
  path(name: string): string;
  /** @param entry the file that is run instead of the command line, for tests of changed code */
  start(env?: Readonly<Record<string, string>>, entry?: string): Promise<Gateway>;
  /** Fails the test when the command does. */
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
