/**
 * Runs the command line on a small disk of its own: a tmpfs on the data directory, in namespaces that need no rights
 * where the system lets users have some. SMALL_DISK_KIB is its size. Seen from outside it is at `/proc/<pid>/root`.
 */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '../../src/cli/halley.ts');
const unshare = '/usr/bin/unshare';
const flags = ['--user', '--map-root-user', '--mount'];

/** Options of a test that needs one: says aloud why it is left out. */
export function needsSmallDisk(): { readonly skip?: string } {
  const { status } = spawnSync(unshare, [...flags, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
    stdio: 'ignore',
  });
  return status === 0
    ? {}
    : { skip: 'SKIPPED: needs Linux with user namespaces for everybody (unshare --user --mount)' };
}

/** Runs a command where the gateway runs, so that it sees the same disk. */
export function besideGateway(
  pid: number | undefined,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const into = [
    '--target',
    String(pid),
    '--user',
    '--mount',
    '--preserve-credentials',
    process.execPath,
    entry,
  ];
  const { status, stdout, stderr } = spawnSync('/usr/bin/nsenter', [...into, ...args], {
    env: { PATH: process.env.PATH, ...env },
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

if (process.argv[1] === import.meta.filename) {
  const { SMALL_DISK_KIB = '', HALLEY_DATA_DIR = '', ...rest } = process.env;
  const script = `mount -t tmpfs -o size=${Number(SMALL_DISK_KIB)}k,mode=0700 tmpfs "$HALLEY_DATA_DIR" && exec "$0" "$@"`;
  const command = ['sh', '-c', script, process.execPath, entry, ...process.argv.slice(2)];
  const env = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  // The process stays the same, so that signals reach the gateway.
  process.execve?.(unshare, [unshare, ...flags, ...command], {
    ...(env as Record<string, string>),
    HALLEY_DATA_DIR,
  });
}
