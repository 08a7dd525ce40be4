/**
 * Loads the settings from file, environment and flags, in ascending precedence, and rejects invalid or unknown ones.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type SettingInfo, settingList } from './reference.ts';
import { type Settings, settingPairs, settingsSchema } from './schema.ts';
import { workersProblem } from './server.ts';
import {
  fromEnvironment,
  fromFile,
  fromFlags,
  fromOtelVariables,
  fromProxyVariables,
  type GivenSetting,
  type SourceContents,
} from './sources.ts';

/** Invalid settings. The message lists every problem on a line of its own and contains no secret. */
export class SettingsError extends Error {
  /** EX_CONFIG of BSD's sysexits. */
  readonly exitCode = 78;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings are not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

export interface SettingsSources {
  /** Path of the YAML file. Default: `HALLEY_CONFIG`, else `halley.yaml` if it exists. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Command-line words, such as `['--listen', '0.0.0.0:8080', '--revocation.in-flight=drain']`. */
  readonly flags?: readonly string[] | undefined;
  /** Base of relative paths. Default: the working directory. */
  readonly directory?: string | undefined;
}

/** A setting to be shown: the value in force (`[redacted]` for secrets, null = not set) and its source. */
export interface EffectiveSetting {
  readonly name: string;
  readonly value: unknown;
  /** `default`, `HALLEY_LISTEN`, `--listen` or `halley.yaml: listen`. */
  readonly source: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly effective: readonly EffectiveSetting[];
  /** Path of the file that was read; undefined = none. */
  readonly file: string | undefined;
  /** One sentence for each former name or value in a source, with its replacement. */
  readonly warnings: readonly string[];
}

/** Converts `a.b`, v to { a: { b: v } }. */
const nest = (name: string, value: unknown): unknown =>
  name.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);

function shown(setting: SettingInfo, value: unknown): string {
  if (setting.secret) return '[redacted]';
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Returns the problem with a value as a sentence that begins with `place`, or undefined. */
export function problemOf({
  setting,
  value,
  place,
}: Pick<GivenSetting, 'setting' | 'value' | 'place'>): string | undefined {
  const result = settingsSchema.safeParse(nest(setting.name, value));
  if (result.success) return undefined;
  const own = result.error.issues.find((issue) => ['invalid_format', 'custom'].includes(issue.code));
  const wanted = own ? `It ${own.message}` : `Allowed: ${setting.allowed}`;
  return `${place} is ${shown(setting, value)}. ${wanted}.`;
}

/** @returns the setting with its present name and value, and a warning for each former one */
function modernize(one: GivenSetting): {
  readonly given: GivenSetting;
  readonly warnings: readonly string[];
} {
  const { setting, value, place, renamedTo } = one;
  const isFormer = typeof value === 'string' && Object.hasOwn(setting.formerValues, value);
  const present = isFormer ? setting.formerValues[value] : undefined;
  const warnings: string[] = [];
  if (renamedTo !== undefined) warnings.push(`${place} is a former name. Write ${renamedTo} instead.`);
  if (present !== undefined)
    warnings.push(`${place} is ${JSON.stringify(value)}, a former value. Write ${present} instead.`);
  return { given: { ...one, value: present ?? value }, warnings };
}

/** @returns one sentence for each setting that a source gives under both its former and its present name */
function repetitions({ given }: SourceContents): readonly string[] {
  const first = new Map<string, GivenSetting>();
  return given.flatMap((one) => {
    const other = first.get(one.setting.name);
    if (!other) first.set(one.setting.name, one);
    return other ? [`${other.place} and ${one.place} are the same setting. Write it once.`] : [];
  });
}

/**
 * Leaves out invalid values of variables that were set for other programs: they are no reason not to start.
 * @returns one sentence for each of them
 */
function judgedLeniently({ given, problems }: SourceContents) {
  const wrong = given.flatMap((one) => {
    const problem = problemOf(one);
    return problem === undefined ? [] : [{ one, problem }];
  });
  const invalid = new Set(wrong.map(({ one }) => one));
  return {
    contents: { given: given.filter((one) => !invalid.has(one)), problems },
    warnings: wrong.map(({ problem }) => `${problem} It is ignored.`),
  };
}

/**
 * @returns the settings and the source of each
 * @throws SettingsError with every problem of every source, even of values that a later source overrides
 */
export function resolveSettings(sources: SettingsSources): LoadedSettings {
  const directory = sources.directory ?? '.';
  const standard = existsSync(join(directory, 'halley.yaml')) ? 'halley.yaml' : undefined;
  const file = sources.file ?? (sources.env.HALLEY_CONFIG || standard);
  const shared = judgedLeniently(fromOtelVariables(sources.env));
  const contents: SourceContents[] = [
    shared.contents,
    fromProxyVariables(sources.env),
    ...(file === undefined ? [] : [fromFile(file, directory)]),
    fromEnvironment(sources.env),
    fromFlags(sources.flags ?? []),
  ];
  const modernized = contents.flatMap((source) => source.given.map(modernize));
  const given = modernized.map((one) => one.given);
  const problems = contents.flatMap((source) => [...source.problems, ...repetitions(source)]);
  problems.push(...given.map(problemOf).filter((problem) => problem !== undefined));
  const inForce = new Map(given.map((one) => [one.setting.name, one]));
  for (const pair of settingPairs) {
    const missing = pair.filter((name) => !inForce.has(name));
    if (missing.length === 1)
      problems.push(`${missing[0]} is not set, but ${pair.join(' and ')} go together.`);
  }
  const workers = inForce.get('server.workers');
  const alone = workersProblem(workers?.value, inForce.has('database.url'), workers?.place ?? '');
  if (alone !== undefined) problems.push(alone);
  if (problems.length > 0) throw new SettingsError(problems);

  const input: Record<string, unknown> = {};
  for (const { setting, value } of inForce.values()) {
    const [first = '', second] = setting.name.split('.');
    input[first] = second === undefined ? value : { ...Object(input[first]), [second]: value };
  }
  const effective = settingList.map((setting) => {
    const one = inForce.get(setting.name);
    const value = one ? one.value : (setting.fallback ?? null);
    const hidden = setting.secret && value !== null ? '[redacted]' : value;
    return { name: setting.name, value: hidden, source: one?.place ?? 'default' };
  });
  const settings = settingsSchema.parse(input);
  const warnings = modernized.flatMap((one) => one.warnings);
  if (settings.otel.enabled) warnings.push(...shared.warnings);
  return {
    settings,
    effective,
    file: file === undefined ? undefined : resolve(directory, file),
    warnings,
  };
}

export type SourceKind = 'default' | 'file' | 'environment' | 'flag';

/** The kind of the source that a setting comes from. */
export function sourceKindOf({ source }: Pick<EffectiveSetting, 'source'>): SourceKind {
  if (source === 'default') return 'default';
  // Neither a variable nor a flag has a colon in its name.
  if (source.includes(': ')) return 'file';
  return source.startsWith('--') ? 'flag' : 'environment';
}

/** Returns only the settings of `resolveSettings`. */
export const loadSettings = (sources: SettingsSources): Settings => resolveSettings(sources).settings;
