/** Checks the machine and the installation, for `halley doctor`: Node, open files, clock, settings file, console pages. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { builtPages, shellName } from '../platform/built-pages.ts';
import type { Clock } from '../platform/clock.ts';
import { type LoadedSettings, sourceKindOf } from '../platform/settings/load.ts';
import { settingList } from '../platform/settings/reference.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { manifestPath, nodeVersion } from '../platform/version.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

/** Checks what does not depend on the database. */
export function checkMachine(loaded: LoadedSettings, clock: Clock): Finding[] {
  const { settings, file } = loaded;
  return [
    checkNode(process.versions.node, nodeVersion),
    ...(file === undefined ? [] : [checkSettingsFile(file, secretsOf(loaded))]),
    ...checkOpenFiles(settings.http.connections_max, readLimits()),
    checkMachineClock(clock.now(), writtenFiles(settings.data_dir)),
    checkPages(settings, builtPages),
  ];
}

/** @param wanted the version that `npm ci` brings; undefined when the installation does not say */
export function checkNode(running: string, wanted: string | undefined): Finding {
  const check = 'node';
  const major = (version: string) => Number(version.split('.')[0]);
  if (wanted === undefined || major(running) >= major(wanted)) return ok(check, `Node ${running} runs it.`);
  return failed(
    check,
    `Node ${running} runs it, and Halley needs Node ${wanted}, which \`npm ci\` brings: start it by bin/halley or \`npm start\`.`,
  );
}

/** Names of the secret settings that the file holds. */
const secretsOf = ({ effective }: LoadedSettings): readonly string[] =>
  effective
    .filter((one) => sourceKindOf(one) === 'file' && secretNames.has(one.name))
    .map(({ name }) => name);
const secretNames = new Set(settingList.filter(({ secret }) => secret).map(({ name }) => name));

/** @param secrets names of the secret settings that it holds */
export function checkSettingsFile(file: string, secrets: readonly string[]): Finding {
  const check = 'settings file';
  const { mode } = statSync(file);
  if (process.platform === 'win32') return skipped(check, 'Its permissions are not read on this system.');
  if ((mode & 0o002) !== 0) {
    return failed(check, `${file} can be changed by every user of the machine. Run: chmod o-rw ${file}`);
  }
  if (secrets.length > 0 && (mode & 0o004) !== 0) {
    return failed(
      check,
      `${file} holds ${secrets.join(', ')}, and every user of the machine can read it. Run: chmod 600 ${file}`,
    );
  }
  const kept = secrets.length > 0 ? 'holds secrets, and is closed to other users' : 'holds no secret';
  return ok(check, `${file} ${kept}.`);
}

/** Descriptors that suffice for the node of docs/guides/sizing.md, and that the node needs for itself. */
const openFilesEnough = 4096;
const openFilesOwn = 40;

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

/** @param limits the contents of `/proc/self/limits`; empty = the system has none */
export function checkOpenFiles(connectionsMax: number, limits: string): Finding[] {
  const check = 'open files';
  // Node raises the soft limit to the hard one at its start, so that one limit counts.
  const text = /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1];
  if (text === undefined) return [];
  const allowed = text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
  const wanted = Math.min(2 * connectionsMax + openFilesOwn, openFilesEnough);
  if (allowed >= wanted) return [ok(check, `A process started here may have ${text} open at a time.`)];
  return [
    warning(
      check,
      `A process started here may have only ${text} open at a time: one for each client connection and each request at an upstream. Allow ${wanted} (LimitNOFILE= of a service, or ulimit -n).`,
    ),
  ];
}

interface WrittenFile {
  readonly path: string;
  readonly writtenMs: number;
}

/** The files of the installation and of the data directory. Their times say what the clock has been. */
function writtenFiles(dataDir: string): readonly WrittenFile[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(dataDir);
  } catch {
    // A missing directory has no files. Another check reports one that cannot be read.
  }
  return [manifestPath, ...names.map((name) => join(dataDir, name))].flatMap((path) => {
    const info = statSync(path, { throwIfNoEntry: false });
    return info?.isFile() ? [{ path, writtenMs: info.mtimeMs }] : [];
  });
}

/** A clock may have been set back a little, and file systems of other machines may differ. */
const behindMsMax = 300_000;

/** Without the network a clock that is behind shows by files that were written later. */
export function checkMachineClock(nowMs: number, files: readonly WrittenFile[]): Finding {
  const check = 'clock';
  const shown = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  const [newest] = [...files].sort((a, b) => b.writtenMs - a.writtenMs);
  if (newest && newest.writtenMs > nowMs + behindMsMax) {
    return failed(
      check,
      `It says ${shown(nowMs)} UTC, and ${newest.path} was written at ${shown(newest.writtenMs)} UTC, which is later. Expiry, budgets and certificates depend on the clock: set it by NTP (timedatectl set-ntp true).`,
    );
  }
  return ok(check, `It says ${shown(nowMs)} UTC, and no file of Halley is newer.`);
}

/** @param directory where the build writes the pages */
export function checkPages({ console: { enabled } }: Pick<Settings, 'console'>, directory: string): Finding {
  const check = 'console';
  if (!enabled) return skipped(check, 'It is turned off by console.enabled.');
  if (existsSync(join(directory, shellName))) return ok(check, 'Its pages are built.');
  return warning(
    check,
    'Its pages are not built, so /console returns 404. Run `npm ci` without --omit=dev in the folder of Halley and start it again, or turn it off by console.enabled.',
  );
}
