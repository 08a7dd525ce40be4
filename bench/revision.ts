/** Revisions of the repository: that of the bench's own tree, and one that is checked out for `--against`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { environmentName } from '../src/platform/settings/reference.ts';

const ownRoot = dirname(import.meta.dirname);

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', ownRoot, ...args], { encoding: 'utf8' }).trim();

/** What to start a gateway from. */
export interface Tree {
  readonly root: string;
  /** The command line of the tree, a script of the shell: it starts Node with the options that a gateway has. */
  readonly command: string;
  /** Whether a gateway of this tree has the setting of an environment variable. */
  knows(variable: string): boolean;
}

const commandOf = (root: string) => join(root, 'bin/halley');

export const ownTree: Tree = { root: ownRoot, command: commandOf(ownRoot), knows: () => true };

/** @throws Error when there is no such revision */
export function hashOf(revision: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--short', '--end-of-options', `${revision}^{commit}`);
  } catch {
    throw new Error(`there is no revision ${revision}`);
  }
}

/** Whether the tree differs from its commit, apart from results of the bench. */
export const isDirty = (): boolean => git('status', '--porcelain', '--', '.', ':!bench/results') !== '';

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), dev: z.boolean().optional(), link: z.boolean().optional() }),
  ),
});

/** Returns the packages that a gateway may load, as one text. */
function packagesOf(root: string): string {
  const { packages } = lockFile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const used = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.startsWith('node_modules/') && !dev && !link,
  );
  return JSON.stringify(used.map(([path, { version }]) => `${path} ${version}`).sort());
}

const listedSettings = z.array(z.object({ name: z.string() }));

/** Returns the environment variables of the tree's settings; undefined if its command line cannot list them. */
function variablesOf(command: string): ReadonlySet<string> | undefined {
  try {
    const env = { PATH: process.env.PATH };
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    const text = execFileSync('/bin/sh', [command, 'settings', '--json'], { env, stdio });
    return new Set(listedSettings.parse(JSON.parse(String(text))).map(({ name }) => environmentName(name)));
  } catch {
    return undefined;
  }
}

/**
 * Writes the files of a revision to a directory of `scratch`, with the packages that it needs. It has neither the
 * built console nor the built documentation; a gateway serves without them.
 */
export function checkOut(revision: string, scratch: string): Tree {
  const root = join(scratch, 'before');
  mkdirSync(root);
  const archive = join(scratch, 'before.tar');
  git('archive', `--output=${archive}`, hashOf(revision));
  execFileSync('tar', ['-xf', archive, '-C', root]);
  if (packagesOf(root) === packagesOf(ownRoot)) {
    symlinkSync(join(ownRoot, 'node_modules'), join(root, 'node_modules'));
  } else {
    execFileSync('npm', ['ci', '--ignore-scripts', '--omit=dev'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
  const command = commandOf(root);
  const variables = variablesOf(command);
  return { root, command, knows: (variable) => variables?.has(variable) ?? true };
}
