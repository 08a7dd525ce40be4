/** Lists the settings from the schema, for the loader, the help and docs/configuration.md. */
import { z } from 'zod';
import { settingsSchema } from './schema.ts';

/** One setting and every way of writing it. */
export interface SettingInfo {
  /** Dotted, as in the file: `http.body_bytes_max`. */
  readonly name: string;
  /** `HALLEY_HTTP_BODY_BYTES_MAX`. */
  readonly env: string;
  /** `--http.body-bytes-max`. */
  readonly flag: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'list';
  /** What is allowed, in words: `a whole number from 1 to 10`. */
  readonly allowed: string;
  /** As JSON has it; undefined when there is none. */
  readonly fallback: unknown;
  readonly description: string;
  /** Never shown, and not taken from the command line. */
  readonly secret: boolean;
  /** Names that the setting had before. They are still read, with a warning. */
  readonly formerNames: readonly string[];
  /** Values that were renamed, and the present value of each. They are still read, with a warning. */
  readonly formerValues: Readonly<Record<string, string>>;
}

/** The parts of JSON Schema that the settings schema makes use of. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly secret?: boolean;
  readonly formerNames?: readonly string[];
  readonly formerValues?: Readonly<Record<string, string>>;
  readonly format?: string;
  readonly enum?: readonly string[];
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

/** Kind and wording of one leaf. Throws for a shape that the settings have had no use for yet. */
function typeOf(schema: JsonSchema, name: string): Pick<SettingInfo, 'kind' | 'allowed'> {
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

/** @returns such as `HALLEY_HTTP_BODY_BYTES_MAX` */
export const environmentName = (name: string): string => `HALLEY_${name.replaceAll('.', '_').toUpperCase()}`;

/** @returns such as `--http.body-bytes-max` */
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
  // Zod types its answer as JSON Schema at large; the schema's own shapes are a subset of it.
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

/** The text of docs/configuration.md. */
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

Settings come from three sources; where two name the same setting, the later one wins:

1. a YAML file: the one named by \`--config\` or \`HALLEY_CONFIG\`, else \`halley.yaml\` in the working directory
   when there is one;
2. the environment, \`HALLEY_*\`; a variable that is empty counts as not set;
3. flags of \`halley serve\`, as \`--listen 0.0.0.0:8080\` or \`--listen=0.0.0.0:8080\`.

In the file \`a.b_c\` is written as \`b_c\` inside the section \`a\`. In the environment and in flags a list is
written \`one,two\` or as JSON. An unknown or wrong setting in any source refuses the start (exit code 78), even
one that a later source replaces. \`halley settings\` shows what is in force and where it comes from.

The variables \`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`NO_PROXY\` are read too, below all of these: see
\`upstreams.https_proxy\`.

\`HALLEY_URL\`, \`HALLEY_TOKEN\`, \`HALLEY_TOKEN_FILE\` and \`HALLEY_CONFIG\` belong to the command line (cli.md).
The variables that Kubernetes makes for a service named \`halley\` (\`HALLEY_PORT\`, \`HALLEY_SERVICE_HOST\`, …) are
passed over.

${parts.join('\n')}`;
}
