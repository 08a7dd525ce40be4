/** Writes a commented settings file, for `halley init`. */
import { existsSync, linkSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { type LoadedSettings, resolveSettings, SettingsError } from '../platform/settings/load.ts';
import { type SettingInfo, settingList } from '../platform/settings/reference.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { wrapped } from './layout.ts';
import { writeSynced } from './synced-file.ts';
import type { Environment } from './terminal.ts';

/** Values by the name of the setting: `{ 'database.url': 'postgres://…' }`. */
export type FileSettings = Readonly<Record<string, unknown>>;

/** The settings that the file has, with an example for those without a default. Others can be added by hand. */
const examplesByName: Readonly<Record<string, string | undefined>> = {
  data_dir: undefined,
  listen: undefined,
  public_url: 'https://ai.example.com',
  bootstrap_token: 'a-text-of-16-to-256-characters',
  'server.workers': undefined,
  'database.url': 'postgres://user:password@host:5432/halley',
  'log.level': undefined,
  'tls.cert_path': '/etc/halley/fullchain.pem',
  'tls.key_path': '/etc/halley/privkey.pem',
  'http.trusted_proxies': undefined,
  'demo.enabled': undefined,
};

const lineWidth = 100;
const head =
  'Settings of Halley. A variable HALLEY_* of the environment, and a flag of `halley serve`, override what is written here. Lines that are commented out show a default or an example. docs/reference/configuration.md explains every setting.';

/** @returns the text of the file; it has every given setting, and the usual others as comments */
export function settingsFileText(given: FileSettings): string {
  const lines = comment(head, '');
  let section = '';
  const shown = settingList.filter(
    ({ name }) => Object.hasOwn(examplesByName, name) || Object.hasOwn(given, name),
  );
  for (const setting of shown) {
    const dot = setting.name.indexOf('.');
    const own = dot < 0 ? '' : setting.name.slice(0, dot);
    if (own !== section) lines.push('', sectionLine(own, given));
    else if (own === '') lines.push('');
    section = own;
    lines.push(...settingLines(setting, setting.name.slice(dot + 1), own === '' ? '' : '  ', given));
  }
  return `${lines.join('\n')}\n`;
}

/** A section without a setting is a comment too. */
const sectionLine = (section: string, given: FileSettings): string =>
  Object.keys(given).some((name) => name.startsWith(`${section}.`)) ? `${section}:` : `#${section}:`;

function settingLines(setting: SettingInfo, name: string, indent: string, given: FileSettings): string[] {
  const isGiven = Object.hasOwn(given, setting.name);
  const value = isGiven ? given[setting.name] : (setting.fallback ?? examplesByName[setting.name]);
  return [
    ...comment(setting.description, indent),
    `${isGiven ? indent : `#${indent}`}${name}: ${written(value)}`,
  ];
}

const comment = (text: string, indent: string): string[] =>
  wrapped(text, lineWidth).map((line) => `${indent}# ${line}`);

/** A value on one line. */
const written = (value: unknown): string =>
  typeof value === 'string' && !/[\r\n]/.test(value)
    ? stringify(value, { lineWidth: 0 }).trimEnd()
    : JSON.stringify(value);

const secretNames = new Set(settingList.filter(({ secret }) => secret).map(({ name }) => name));

export interface WriteOptions {
  readonly given: FileSettings;
  readonly env: Environment;
  /** Replace a file that exists. */
  readonly force: boolean;
}

/**
 * Writes the file, with mode 0600 where it holds secrets, once the loader of `halley serve` accepts it together with the
 * environment.
 * @returns what `serve` would use
 * @throws CliError when the file exists or cannot be written; SettingsError when the settings are not valid
 */
export function writeSettingsFile(path: string, { given, env, force }: WriteOptions): LoadedSettings {
  const hasSecret = Object.keys(given).some((name) => secretNames.has(name));
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeSynced(draft, settingsFileText(given), hasSecret ? 0o600 : 0o644);
    const loaded = resolveSettings({ file: draft, env });
    if (force) renameSync(draft, targetOf(path));
    // Unlike a rename, this fails when another process has written the file meanwhile.
    else linkSync(draft, path);
    return { ...loaded, file: path };
  } catch (error) {
    if (error instanceof SettingsError)
      throw new SettingsError(error.problems.map((problem) => problem.replaceAll(draft, path)));
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw existing(path);
    throw new CliError(exitCodes.failure, `${path} cannot be written: ${message.replaceAll(draft, path)}`);
  } finally {
    if (existsSync(draft)) rmSync(draft);
  }
}

export const existing = (path: string): CliError =>
  new CliError(
    exitCodes.failure,
    `${path} exists already, and is left as it is. Add --force to replace it, or --config for another file.`,
  );

/** Replaces the file that a link leads to, not the link. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
