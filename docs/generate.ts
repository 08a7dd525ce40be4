/**
 * Writes the documents that are made from the code: `npm run docs`. With `--check` it writes nothing and ends
 * with 1 when a committed document is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { allCommands } from '../src/cli/all-commands.ts';
import { buildProgram } from '../src/cli/program.ts';
import { cliMarkdown } from '../src/cli/reference.ts';
import { systemTerminal } from '../src/cli/terminal.ts';
import { buildOpenApi } from '../src/management/openapi/document.ts';
import { systemClock } from '../src/platform/clock.ts';
import { type ErrorCode, errorCatalogue, HalleyError, isFinal } from '../src/platform/errors.ts';
import { systemRandom } from '../src/platform/random.ts';
import { settingsMarkdown } from '../src/platform/settings/reference.ts';
import { version } from '../src/platform/version.ts';
import { chatClient } from '../src/protocols/translate/chat/client.ts';
import { completionsClient } from '../src/protocols/translate/completions/client.ts';
import type { FieldFate, WithDefault } from '../src/protocols/translate/fates.ts';
import type { FormName } from '../src/protocols/translate/form/request.ts';
import { geminiClient } from '../src/protocols/translate/gemini/client.ts';
import { formTitles } from '../src/protocols/translate/losses.ts';
import { messagesClient } from '../src/protocols/translate/messages/client.ts';
import type { ClientForm } from '../src/protocols/translate/parts.ts';
import { responsesClient } from '../src/protocols/translate/responses/client.ts';
import { channelKinds } from '../src/upstreams/kinds/kinds.ts';
import { jobVendorsMarkdown } from './job-vendors.ts';

function cliText(): string {
  const context = {
    terminal: systemTerminal(),
    clock: systemClock,
    random: systemRandom,
    setExitCode: () => undefined,
  };
  return cliMarkdown(buildProgram(context, allCommands));
}

function errorsText(): string {
  const rows = Object.entries(errorCatalogue).map(([code, { status, kind, text }]) => {
    const retry = isFinal(new HalleyError(code as ErrorCode)) ? 'no' : 'yes';
    return `| <a id="${code}"></a>\`${code}\` | ${status} | ${kind} | ${retry} | ${text} |`;
  });
  return `# Errors

<!-- Generated from src/platform/errors.ts by \`npm run docs\`. Change it there. -->

Every error of Halley has one of these codes. A model request gets its error in the format of the client's protocol. A
management call gets:

\`\`\`json
{"success": false, "message": "...", "code": "..."}
\`\`\`

The table shows the default text of each error. A response says more when more is known. Management calls write
\`unauthorized\` as \`AUTH_UNAUTHORIZED\` and \`forbidden\` as \`AUTH_INSUFFICIENT_PRIVILEGE\`, as CometAPI does.

Such a response has a \`Link\` header with \`rel="help"\`. It leads to the row of the code at \`/docs/reference/errors\` of the gateway,
unless \`docs.enabled\` is off.

The column **retry** says whether the same request may succeed later:

- \`yes\`: send it again. If the response has \`Retry-After\`, wait for so many seconds first.
- \`no\`: change the request, the key or the gateway first. A model request gets this error with \`x-should-retry: false\`.

Halley answers an exhausted quota or budget with 403 (kind \`quota\`), where OpenAI answers 429 \`insufficient_quota\`. A program
that looks for 429 must look for these codes. They also come when quota is left and the maximum cost of the request does not fit
into it: a request with a smaller output limit may then succeed ([charging.md](charging.md#before-a-request-is-sent)).

| code | status | kind | retry | text |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

const targets: readonly FormName[] = ['chat', 'responses', 'messages', 'gemini'];

function fateText(entry: FieldFate, target: FormName): string {
  if (typeof entry === 'string') return entry;
  if (!('unless' in entry)) return entry[target] ?? 'refused';
  const { fate, unless } = entry as WithDefault;
  const named = typeof fate === 'string' ? fate : (fate[target] ?? 'refused');
  return `${named}, unless ${unless.map((value) => `\`${JSON.stringify(value)}\``).join(' or ')}`;
}

function fieldsTable({ name, fates }: ClientForm): string {
  const others = targets.filter((target) => target !== name);
  const rows = Object.entries(fates).map(
    ([path, entry]) => `| \`${path}\` | ${others.map((target) => fateText(entry, target)).join(' | ')} |`,
  );
  return `## ${formTitles[name]}

| field | ${others.map((target) => formTitles[target]).join(' | ')} |
|---|${others.map(() => '---|').join('')}
${rows.join('\n')}
`;
}

function fieldsText(): string {
  const clients = [chatClient, completionsClient, responsesClient, messagesClient, geminiClient];
  return `# Fields in translation

<!-- Generated from src/protocols/translate by \`npm run docs\`. Change it there. -->

Halley translates a request when its model is served over another protocol than the client's
([translation.md](../explanation/translation.md)). There is a table for each client protocol. It lists what happens to
every field of a request, for each target protocol:

| fate | meaning |
|---|---|
| \`mapped\` | Halley writes the field in the form of the target, or refuses a value that the target cannot express. |
| \`free\` | As \`mapped\`, and Halley does not check what is inside, which the client defines. |
| \`dropped\` | The field only tunes the response. Halley leaves it out and names it in \`x-halley-dropped\`. |
| \`refused\` | The field changes the meaning. Halley refuses the request, unless the policy is \`lenient\`. |
| \`ignored\` | The field has no effect on the response, or Halley implements it itself. |

\`[]\` stands for each item of a list. Halley refuses a field that is not listed.

A value after "unless" is the default of the field. Halley ignores a field that has this value, as if the client had not sent it.
For example, "refused, unless \`1\`" means that Halley refuses 2 and ignores 1.

${clients.map(fieldsTable).join('\n')}`;
}

function kindsText(): string {
  const rows = Object.entries(channelKinds).map(([name, kind]) => {
    const url = kind.baseUrl ?? kind.baseUrlForm;
    const options = Object.entries(kind.options).map(
      ([option, value]) => `\`${option}=${JSON.stringify(value)}\``,
    );
    const usage = kind.streamUsage === false ? ['`stream_usage=false`'] : [];
    const cells = [`\`${name}\``, kind.title, kind.protocols.join(', '), url ? `\`${url}\`` : ''];
    return `| ${[...cells, [...options, ...usage].join(', ')].join(' | ')} |`;
  });
  return `# Kinds of upstream

<!-- Generated from src/upstreams/kinds/kinds.ts by \`npm run docs\`. Change it there. -->

A channel to a known provider needs only its kind, the models and a file with its key. The command line must be
[signed in](../guides/connect-upstreams.md#before-you-start):

\`\`\`sh
halley channels create mistral --kind mistral --models mistral-large-latest --key-file mistral.key
\`\`\`

The kind sets the base URL, the protocols and the options in the table. A value of the channel itself takes precedence:
\`--base-url\` selects another region or server, and \`--option\` sets a [channel option](channels.md#options).

[connect-upstreams.md](../guides/connect-upstreams.md) connects the common providers step by step. Amazon Bedrock and
Vertex AI need further settings: see [clouds.md](../guides/clouds.md).

| kind | provider | protocols | base URL | options |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

const documents: readonly (readonly [name: string, text: string])[] = [
  ['reference/configuration.md', settingsMarkdown()],
  ['reference/cli.md', cliText()],
  ['reference/errors.md', errorsText()],
  ['reference/translation-fields.md', fieldsText()],
  ['reference/upstreams.md', kindsText()],
  ['reference/job-vendors.md', jobVendorsMarkdown()],
  ['openapi.json', `${JSON.stringify(buildOpenApi(version), null, 2)}\n`],
];

const check = process.argv.includes('--check');
for (const [name, text] of documents) {
  const path = new URL(name, import.meta.url);
  if (!check) {
    writeFileSync(path, text);
    continue;
  }
  let committed = '';
  try {
    committed = readFileSync(path, 'utf8');
  } catch {
    // A missing document differs like any other.
  }
  if (committed === text) continue;
  console.error(`docs/${name} is not up to date. Run: npm run docs`);
  process.exitCode = 1;
}
