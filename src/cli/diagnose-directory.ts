/** Checks the data directory, for `halley doctor`: access, other users, and the file system that it is on. */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Settings } from '../platform/settings/schema.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const check = 'data directory';
const fileSystemCheck = 'file system';

/** @param mounts the contents of `/proc/self/mountinfo`; undefined = the system has none */
export function checkDirectory(
  { data_dir: dir, database }: Pick<Settings, 'data_dir' | 'database'>,
  mounts: string | undefined = readMounts(),
): Finding[] {
  return [
    checkAccess(dir),
    ...checkFileSystem(nearestExisting(dir), database.url === undefined, mounts ?? ''),
  ];
}

function checkAccess(dir: string): Finding {
  if (!existsSync(dir)) return checkParent(dir, nearestExisting(dir));
  const info = statSync(dir);
  if (!info.isDirectory()) return failed(check, `${dir} is not a directory. Set data_dir to another path.`);
  if (!mayWrite(dir)) {
    return failed(check, `${dir} is not writable for this user. Change its owner, or run as its owner.`);
  }
  if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
    return failed(check, `${dir} is open to other users of the machine. Run: chmod 700 ${dir}`);
  }
  return ok(check, `${dir} exists, is writable, and is closed to other users.`);
}

/** Checks whether `halley serve` can make a directory that is missing. */
function checkParent(dir: string, parent: string): Finding {
  if (!statSync(parent).isDirectory()) {
    return failed(check, `${dir} cannot be created: ${parent} is a file. Set data_dir to another path.`);
  }
  if (mayWrite(parent)) return ok(check, `${dir} does not exist yet; \`halley serve\` creates it.`);
  return failed(
    check,
    `${dir} does not exist, and this user may not create it in ${parent}. Create it as root, for the user that Halley runs as: install -d -m 700 -o <user> ${dir}`,
  );
}

function mayWrite(dir: string): boolean {
  try {
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path itself, or the last directory on the way to it that exists. */
function nearestExisting(path: string): string {
  let each = resolve(path);
  while (!existsSync(each) && dirname(each) !== each) each = dirname(each);
  return each;
}

function readMounts(): string | undefined {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return undefined;
  }
}

/** Names of file systems over a network, as Linux lists them. */
const network =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|afs|ceph|lustre|gpfs|beegfs|ocfs2|gfs2|fuse\.(?:sshfs|ceph-fuse|glusterfs|s3fs|gcsfuse|rclone|juicefs|blobfuse2?))$/;

/**
 * SQLite's locks and shared memory do not work between the machines of a network file system, and often not on one of
 * them. With PostgreSQL the directory has only files of this node, but its lock is one of SQLite.
 */
function checkFileSystem(dir: string, isDatabase: boolean, mounts: string): Finding[] {
  const mount = mountOf(realpathSync(dir), mounts);
  if (!mount) return [];
  const { type, source } = mount;
  if (!network.test(type))
    return [ok(fileSystemCheck, `${dir} is on ${type}, which is not a network file system.`)];
  const message = `${dir} is on ${source}, a network file system (${type}), where two processes may both believe that they hold the lock. Set data_dir to a directory on a local disk.`;
  return [isDatabase ? failed(fileSystemCheck, message) : warning(fileSystemCheck, message)];
}

/** @returns the mount that a path is on: the last of those with the longest matching mount point */
function mountOf(
  path: string,
  mounts: string,
): { readonly type: string; readonly source: string } | undefined {
  let found: { readonly point: string; readonly type: string; readonly source: string } | undefined;
  for (const line of mounts.split('\n')) {
    // `36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw`
    const [before = '', after = ''] = line.split(' - ');
    const point = unescaped(before.split(' ')[4] ?? '');
    const [type = '', source = ''] = after.split(' ').map(unescaped);
    const isIn = point === '/' || path === point || path.startsWith(`${point}/`);
    if (point !== '' && isIn && point.length >= (found?.point.length ?? 0)) found = { point, type, source };
  }
  return found;
}

/** Spaces and a few other characters of a path are written as three octal digits. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
