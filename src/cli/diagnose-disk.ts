/** Checks the disks that Halley writes to, for `halley doctor`: free space and write access. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { storageFailure } from '../store/storage-failure.ts';
import { tombstoneLogPath } from '../store/tombstones/open-log.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** The number of bytes written to test whether the disk can be written. */
const probeBytes = 65_536;
/** Warn when less than this share of the disk is free, unless that is more than `lowBytesMax` bytes. */
const lowShare = 0.05;
const lowBytesMax = 5 * 1024 ** 3;
/** Warn below this many free bytes on a disk of any size: the write-ahead log and a backup need them. */
const lowBytesMin = 256 * 1024 ** 2;

/** Checks the disk of the data directory, and that of the tombstone log if it is a different one. */
export function checkDisks(settings: Settings, random: RandomBytes): Finding[] {
  const { data_dir: dir } = settings;
  const log = tombstoneLogPath(settings);
  const logDir = log === undefined ? dir : dirname(log);
  const findings = existsSync(dir) ? [checkDisk('disk', dir, random)] : [];
  if (logDir === dir) return findings;
  const check = 'disk of the tombstone log';
  if (!existsSync(logDir)) {
    return [...findings, failed(check, `${logDir} does not exist. Create it, or change tombstones.path.`)];
  }
  const isSame = existsSync(dir) && statSync(logDir).dev === statSync(dir).dev;
  return isSame ? findings : [...findings, checkDisk(check, logDir, random)];
}

function checkDisk(check: string, dir: string, random: RandomBytes): Finding {
  const probe = join(dir, `.doctor-${Buffer.from(random(6)).toString('hex')}`);
  try {
    writeAndSync(probe);
  } catch (error) {
    return failed(check, storageFailure(dir, error).message);
  } finally {
    rmSync(probe, { force: true });
  }
  const { bavail, blocks, bsize } = statfsSync(dir);
  const [free, total] = [bavail * bsize, blocks * bsize];
  const shown = `${size(free)} of ${size(total)} are free where ${dir} is`;
  if (free < Math.max(lowBytesMin, Math.min(total * lowShare, lowBytesMax))) {
    return warning(
      check,
      `Only ${shown}. When nothing is left, requests get 503: free space, or enlarge the disk.`,
    );
  }
  return ok(check, `It is writable, and ${shown}.`);
}

function writeAndSync(path: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, Buffer.alloc(probeBytes));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function size(bytes: number): string {
  return bytes < 1024 ** 3 ? `${Math.floor(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
