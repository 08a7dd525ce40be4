/** Lists the settings from the schema, for the loader, the help and docs/reference/configuration.md. */
import { z } from 'zod';
import { settingsSchema } from './schema.ts';

/** A setting with its name in each source. */
export interface SettingInfo {
  /** Dotted, as in the file: `http.body_bytes_max`. */
  readonly name: string;
  /** `HALLEY_HTTP_BODY_BYTES_MAX`. */
  readonly env: string;
  /** `--http.body-bytes-max`. */
  readonly flag: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'list';
  /** The allowed values in words: `a whole number from 1 to 10`. */
  readonly allowed: string;
  /** The default as JSON; undefined without a default. */
  readonly fallback: unknown;
  readonly description: string;
  /** Never shown, and not accepted on the command line. */
  readonly secret: boolean;
  /** Former names of the setting. They are still read, with a warning. */
  readonly formerNames: readonly string[];
  /** Maps former values to their replacements. They are still read, with a warning. */
  readonly formerValues: Readonly<Record<string, string>>;
}

/** The parts of JSON Schema that the settings schema uses. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly secret?: boolean;
  readonly formerNames?: readonly string[];
  readonly formerValues?: Readonly<Record<string, string>>;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

const numbers = new Intl.NumberFormat('en-US');

function textAllowed(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((word) => `\`${word}\``).join(' or ');
  if (schema.format) return schema.format;
  if (schema.maxLength !== undefined)
    return `text of ${schema.minLength ?? 0} to ${schema.maxLength} characters`;
  return schema.minLength ? 'text, not empty' : 'text';
}

function numberAllowed({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined) return 'a whole number';
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  return most === undefined
    ? `a whole number, ${numbers.format(minimum)} or more`
    : `a whole number from ${numbers.format(minimum)} to ${numbers.format(most)}`;
}

/**
 * Derives the kind of a setting and the description of its allowed values.
 * @throws for a schema that no setting uses yet
 */
function typeOf(schema: JsonSchema, name: string): Pick<SettingInfo, 'kind' | 'allowed'> {
  const [number, word] = schema.anyOf ?? [];
  if (number?.type === 'integer' && typeof word?.const === 'string')
    return { kind: 'number', allowed: `${numberAllowed(number)}, or \`${word.const}\`` };
  switch (schema.type) {
    case 'string':
      return { kind: 'text', allowed: textAllowed(schema) };
    case 'integer':
      return { kind: 'number', allowed: numberAllowed(schema) };
    case 'boolean':
      return { kind: 'boolean', allowed: '`true` or `false`' };
    case 'array':
      return { kind: 'list', allowed: `a list of: ${textAllowed(schema.items ?? {})}` };
    default:
      throw new Error(`the setting ${name} has a type that the reference cannot describe: ${schema.type}`);
  }
}

/** @returns for example `HALLEY_HTTP_BODY_BYTES_MAX` */
export const environmentName = (name: string): string => `HALLEY_${name.replaceAll('.', '_').toUpperCase()}`;

/** @returns for example `--http.body-bytes-max` */
export const flagName = (name: string): string => `--${name.replaceAll('_', '-')}`;

function collect(schema: JsonSchema, path: readonly string[]): SettingInfo[] {
  return Object.entries(schema.properties ?? {}).flatMap(([part, child]) => {
    const full = [...path, part];
    if (child.type === 'object') return collect(child, full);
    const name = full.join('.');
    return {
      name,
      env: environmentName(name),
      flag: flagName(name),
      ...typeOf(child, name),
      fallback: child.default,
      description: child.description ?? '',
      secret: child.secret === true,
      formerNames: child.formerNames ?? [],
      formerValues: child.formerValues ?? {},
    };
  });
}

/** Every setting, in the order of the schema. */
export const settingList: readonly SettingInfo[] = collect(
  // Zod declares its result as any JSON Schema. The schema of the settings yields only these parts.
  z.toJSONSchema(settingsSchema, { io: 'input' }) as JsonSchema,
  [],
);

const fallbackText = (setting: SettingInfo): string =>
  setting.fallback === undefined ? 'none' : `\`${JSON.stringify(setting.fallback)}\``;

function formerText({ formerNames, formerValues }: SettingInfo): string {
  const names = formerNames.map((name) => `- Former name: \`${name}\` (still read, with a warning)\n`);
  const values = Object.entries(formerValues).map(
    ([former, present]) => `- Former value: \`${former}\`, now \`${present}\` (still read, with a warning)\n`,
  );
  return [...names, ...values].join('');
}

/** Returns the text of docs/reference/configuration.md. */
export function settingsMarkdown(): string {
  const parts = settingList.map(
    (setting) => `## \`${setting.name}\`

${setting.description}

- Value: ${setting.allowed}
- Default: ${fallbackText(setting)}
- Environment: \`${setting.env}\`
- Flag: ${setting.secret ? 'none; other users of the machine can read the command line' : `\`${setting.flag}\``}
${formerText(setting)}`,
  );
  return `# Configuration

<!-- Generated from src/platform/settings/schema.ts by \`npm run docs\`. Change it there. -->

This file sets two settings, one of them in a section:

\`\`\`yaml
# halley.yaml
data_dir: /var/lib/halley
revocation:
  in_flight: drain
\`\`\`

\`HALLEY_DATA_DIR=/var/lib/halley HALLEY_REVOCATION_IN_FLIGHT=drain halley serve\` does the same. So does
\`halley serve --data-dir /var/lib/halley --revocation.in-flight drain\`.

Halley reads three sources. A later source overrides an earlier one:

1. a YAML file: the one named by \`--config\` or \`HALLEY_CONFIG\`, otherwise \`halley.yaml\` in the working directory if it
   exists;
2. the environment variables \`HALLEY_*\`; an empty variable counts as not set;
3. the flags of \`halley serve\`, such as \`--listen 0.0.0.0:8080\` or \`--listen=0.0.0.0:8080\`.

In the file, \`a.b_c\` is \`b_c\` inside the section \`a\`. In the environment and in flags, write a list as \`one,two\` or as
JSON. Halley does not start with an unknown or invalid setting in any source (exit code 78), even if a later source
overrides it. \`halley settings\` shows the values in force and their sources.

The variables \`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`NO_PROXY\` have the lowest precedence: see
\`upstreams.https_proxy\`. So have OpenTelemetry's own variables, which the settings \`otel.*\` name
([opentelemetry.md](../guides/opentelemetry.md)); an invalid value of these is ignored with a warning.

\`HALLEY_URL\`, \`HALLEY_PROFILE\`, \`HALLEY_TOKEN\`, \`HALLEY_TOKEN_FILE\` and \`HALLEY_CONFIG\` belong to the command line
([cli.md](cli.md)). \`halley init\` writes a first file ([install.md](../guides/install.md#write-the-settings-file)).
Halley ignores the variables that Kubernetes sets for a service named \`halley\` (\`HALLEY_PORT\`,
\`HALLEY_SERVICE_HOST\`, …).

${parts.join('\n')}`;
}
