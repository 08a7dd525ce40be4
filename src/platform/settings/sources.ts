/** Collects raw setting values from file, environment and flags, each with its source location. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { flagName, type SettingInfo, settingList } from './reference.ts';
import { byDottedName, byVariable } from './written-names.ts';

/** A setting in a source. The value is as written and not yet validated. */
export interface GivenSetting {
  readonly setting: SettingInfo;
  readonly value: unknown;
  /** Source and notation: `HALLEY_LISTEN`, `--listen` or `halley.yaml: listen`. */
  readonly place: string;
  /** The present name, in the notation of the source, when the source uses a former one. */
  readonly renamedTo?: string | undefined;
}

/** The contents of one source. Each problem is a sentence that names the place. */
export interface SourceContents {
  readonly given: readonly GivenSetting[];
  readonly problems: readonly string[];
}

const config_bytes_max = 1_048_576;
const names = settingList.map(({ name }) => name);
const sections = new Set(
  settingList.flatMap(({ name }) => (name.includes('.') ? [name.slice(0, name.lastIndexOf('.'))] : [])),
);

/** Matches variables of the command line, that of a worker (worker-place.ts), and those that Kubernetes sets for a service named like ours. */
const notSettings =
  /^HALLEY_(URL|PROFILE|TOKEN|TOKEN_FILE|CONFIG|WORKER|SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** Counts the single-character edits between two texts (Levenshtein distance). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const substituted = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Suggests the known name nearest to `written`, or refers to the list of names. */
function suggestion(written: string, known: Iterable<string>): string {
  let best: string | undefined;
  let bestDistance = Math.max(3, Math.floor(written.length / 2));
  if (written.length <= 100) {
    for (const name of known) {
      const found = distance(written.toLowerCase(), name.toLowerCase());
      if (found < bestDistance) [best, bestDistance] = [name, found];
    }
  }
  return best === undefined
    ? 'See docs/reference/configuration.md for all settings.'
    : `Did you mean ${best}?`;
}

/** Parses a text from the environment or a flag. An invalid text remains a text, so that validation refuses it. */
function valueOfText(setting: SettingInfo, text: string): unknown {
  if (setting.kind === 'number') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (setting.kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (setting.kind === 'text') return text;
  if (!text.trimStart().startsWith('[')) return text.split(',').map((item) => item.trim());
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param env the environment variables of the process */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): SourceContents {
  const given: GivenSetting[] = [];
  const problems: string[] = [];
  for (const [place, text] of Object.entries(env)) {
    if (!place.startsWith('HALLEY_') || !text || notSettings.test(place)) continue;
    const named = byVariable.get(place);
    if (named) given.push({ ...named, value: valueOfText(named.setting, text), place });
    else
      problems.push(
        `${place} is not a setting. ${suggestion(
          place,
          settingList.map(({ env }) => env),
        )}`,
      );
  }
  return { given, problems };
}

/**
 * Reads the proxy variables that programs share. The lower-case form takes precedence, as in other programs.
 * @param env the environment variables of the process
 */
export function fromProxyVariables(env: Readonly<Record<string, string | undefined>>): SourceContents {
  const given: GivenSetting[] = [];
  for (const name of ['https_proxy', 'http_proxy', 'no_proxy']) {
    const setting = byDottedName.get(`upstreams.${name}`)?.setting;
    const place = [name, name.toUpperCase()].find((variable) => env[variable]);
    const text = place && env[place];
    if (!setting || !place || !text) continue;
    const value = setting.kind === 'list' ? text.split(/[\s,]+/).filter((item) => item !== '') : text;
    given.push({ setting, value, place });
  }
  return { given, problems: [] };
}

/** Variables that programs with OpenTelemetry share, and the settings that they give a value. */
const otelVariables: Readonly<Record<string, string>> = {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'otel.endpoint',
  OTEL_EXPORTER_OTLP_HEADERS: 'otel.headers',
  OTEL_EXPORTER_OTLP_TIMEOUT: 'otel.timeout_ms',
  OTEL_BSP_SCHEDULE_DELAY: 'otel.traces_every_ms',
  OTEL_METRIC_EXPORT_INTERVAL: 'otel.metrics_every_ms',
  OTEL_SERVICE_NAME: 'otel.service_name',
  OTEL_RESOURCE_ATTRIBUTES: 'otel.resource_attributes',
  OTEL_TRACES_SAMPLER: 'otel.sampler',
  OTEL_TRACES_SAMPLER_ARG: 'otel.sampler_arg',
};

/** @param env the environment variables of the process */
export function fromOtelVariables(env: Readonly<Record<string, string | undefined>>): SourceContents {
  const given: GivenSetting[] = [];
  for (const [place, name] of Object.entries(otelVariables)) {
    const text = env[place]?.trim();
    const setting = byDottedName.get(name)?.setting;
    if (setting && text) given.push({ setting, value: valueOfText(setting, text), place });
  }
  return { given, problems: [] };
}

/** @param args command-line words: `--name value`, `--name=value`, or `--name` alone for a boolean */
export function fromFlags(args: readonly string[]): SourceContents {
  const given: GivenSetting[] = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word);
    const place = match ? `--${match[1]}` : 'A word of the command line that does not begin with --';
    const named = match?.[1] === undefined ? undefined : byDottedName.get(match[1].replaceAll('-', '_'));
    if (!match || !named) {
      const known = settingList.filter((one) => !one.secret).map((one) => one.flag);
      problems.push(`${place} is not a flag. ${suggestion(place, known)}`);
      // The word after an unknown flag is probably its value. A second problem would only confuse.
      if (match && match[2] === undefined && rest[0] !== undefined && !rest[0].startsWith('--')) rest.shift();
      continue;
    }
    const { setting, renamedTo } = named;
    let text = match[2];
    if (text === undefined && rest[0] !== undefined && !rest[0].startsWith('--')) text = rest.shift();
    if (text === undefined && setting.kind === 'boolean') text = 'true';
    if (setting.secret) {
      problems.push(
        `${place} is secret, and other users of the machine can read the command line. Use ${setting.env} or the file.`,
      );
    } else if (text === undefined) problems.push(`${place} has no value. Allowed: ${setting.allowed}.`);
    else if (seen.has(setting.name)) problems.push(`${place} is given twice. Give it once.`);
    else
      given.push({
        setting,
        value: valueOfText(setting, text),
        place,
        renamedTo: renamedTo && flagName(renamedTo),
      });
    seen.add(setting.name);
  }
  return { given, problems };
}

function readMapping(contents: unknown, file: string): SourceContents {
  const given: GivenSetting[] = [];
  const problems: string[] = [];
  const visit = (value: unknown, path: string): void => {
    const place = `${file}: ${path}`;
    const named = byDottedName.get(path);
    if (named) given.push({ ...named, value, place });
    else if (path !== '' && !sections.has(path)) {
      problems.push(`${place} is not a setting. ${suggestion(path, [...names, ...sections])}`);
    } else if (value instanceof Map) {
      for (const [key, child] of value) {
        // A key `a.b` next to a section `a` could set the same value twice.
        if (String(key).includes('.')) problems.push(`${file}: "${key}" must be written as a section.`);
        else visit(child, path === '' ? String(key) : `${path}.${key}`);
      }
    } else if (value !== null) {
      problems.push(
        path === ''
          ? `${file} must hold settings as "name: value".`
          : `${place} is a section; write its settings below it, indented.`,
      );
    }
  };
  visit(contents, '');
  return { given, problems };
}

/**
 * Reads a YAML 1.2 file of at most 1 MiB. Refuses duplicate keys, aliases and custom tags.
 * @param file path, as every problem names it
 * @param directory base of a relative path
 */
export function fromFile(file: string, directory: string): SourceContents {
  const refuse = (problem: string): SourceContents => ({ given: [], problems: [problem] });
  const path = resolve(directory, file);
  let text: string;
  try {
    if (statSync(path).size > config_bytes_max) return refuse(`${file} is larger than 1 MiB.`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  try {
    const document = parseDocument(text, { stringKeys: true, uniqueKeys: true, prettyErrors: false });
    const faults = [...document.errors, ...document.warnings].map(
      (fault) => `${file}, line ${text.slice(0, fault.pos[0]).split('\n').length}: ${fault.message}.`,
    );
    if (faults.length > 0) return { given: [], problems: faults };
    return readMapping(document.toJS({ mapAsMap: true, maxAliasCount: 0 }), file);
  } catch {
    return refuse(
      `${file} has YAML aliases (*name) or is nested too deeply. Write the values out, one by one.`,
    );
  }
}
