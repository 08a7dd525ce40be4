/**
 * Writes the documents that are made from the code: `npm run docs`. With `--check` it writes nothing and ends
 * with 1 when a committed document is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { buildProgram } from '../src/cli/program.ts';
import { cliMarkdown } from '../src/cli/reference.ts';
import { systemTerminal } from '../src/cli/terminal.ts';
import { buildOpenApi } from '../src/management/openapi/document.ts';
import { systemClock } from '../src/platform/clock.ts';
import { errorCatalogue } from '../src/platform/errors.ts';
import { systemRandom } from '../src/platform/random.ts';
import { settingsMarkdown } from '../src/platform/settings/reference.ts';
import { version } from '../src/platform/version.ts';

function cliText(): string {
  const context = {
    terminal: systemTerminal(),
    clock: systemClock,
    random: systemRandom,
    setExitCode: () => undefined,
  };
  return cliMarkdown(buildProgram(context));
}

function errorsText(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, kind, text }]) => `| \`${code}\` | ${status} | ${kind} | ${text} |`,
  );
  return `# Errors

<!-- Generated from src/platform/errors.ts by \`npm run docs\`. Change it there. -->

Every error that Halley answers with has one of these codes. Model requests are answered in the error shape of
their protocol, management calls with \`{"success":false,"message":"...","code":"..."}\`. The text is the usual
one; where more is known, it says more. Management calls write \`unauthorized\` as \`AUTH_UNAUTHORIZED\` and
\`forbidden\` as \`AUTH_INSUFFICIENT_PRIVILEGE\`, as the compatible API does.

| code | status | kind | text |
|---|---|---|---|
${rows.join('\n')}
`;
}

const documents: readonly (readonly [name: string, text: string])[] = [
  ['configuration.md', settingsMarkdown()],
  ['cli.md', cliText()],
  ['errors.md', errorsText()],
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
