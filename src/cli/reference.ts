/** Generates docs/reference/cli.md from the help of every command. */
import type { Command } from 'commander';
import { exitCodeMeanings } from './exit-codes.ts';

const width = 100;

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => width,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}

function sections(command: Command, parents: string): string[] {
  const name = `${parents}${command.name()}`;
  const own = `## \`${name}\`\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``;
  return [own, ...command.commands.flatMap((child) => sections(child, `${name} `))];
}

export function cliMarkdown(program: Command): string {
  const codes = exitCodeMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return `# Command line

<!-- Generated from src/cli by \`npm run docs\`. Change it there. -->

\`halley\` is the command of the npm package, or \`bin/halley\` of a checkout; both can be called from any directory. \`init\`,
\`serve\`, \`settings\`, \`doctor\`, \`ledger\`, \`backup\`, \`restore\`, \`migrate\`, \`secret\` and \`root\` work on this machine; the
other commands call a running gateway over HTTP, with the personal access token of an account.

<!-- not run: asks on a terminal -->
\`\`\`sh
halley login --url https://gateway.example.com   # asks for name and password, or for a token
\`\`\`

\`\`\`sh
halley keys create website --quota-usd 20 --expires 90d
halley logs
\`\`\`

## Signing in

\`halley login\` stores the address and an access token as a profile in \`~/.config/halley/profiles.json\` (under
\`XDG_CONFIG_HOME\` if it is set). The file has mode 600, and Halley refuses it when other users can read it. An account
has one access token. \`login\` with name and password creates a new one, and asks before it replaces an existing one.
\`login\` does not change a token that you paste or pass with \`--token-file\`. \`--profile\` or \`HALLEY_PROFILE\` selects another profile,
and \`halley profiles use\` makes it the current one.

Programs need no profile. They set \`HALLEY_URL\`, and \`HALLEY_TOKEN\` or \`HALLEY_TOKEN_FILE\`. The command line uses
the first of these that exists:

| found | used |
|---|---|
| \`--profile\`, \`HALLEY_PROFILE\` | address and token of that profile; a different address is refused |
| \`HALLEY_TOKEN\`, \`HALLEY_TOKEN_FILE\` | that token, at \`--url\`, \`HALLEY_URL\` or the default |
| a profile for \`--url\` or \`HALLEY_URL\`; without these, the current one | that profile: its token goes to no other address |
| \`~/.config/halley/token\` | that token, at \`--url\`, \`HALLEY_URL\` or the default |

No option takes a token or a password itself, since other users can see the arguments of a process.

## Output

On a terminal, a table fits the width: Halley truncates long texts (\`…\`), then omits columns and names them below the
table; \`--wide\` shows everything. Times are relative to now unless \`--utc\` is given, and amounts are in USD. In a pipe, a
table is lines of tab-separated fields below a header line, with every value in full: units with their USD, times in
UTC. \`--json\` prints JSON: a list is always an array of the records.

A list has pages of 20 records. When there are more, a message on standard error says so, also in a pipe (\`20 of 100,000 keys; --all for all,
--page 2 for the next.\`). \`--all\` prints every page as it arrives. If it fails midway, the JSON array is not closed and
the exit code is not 0.

Tables and JSON show the values of keys, and of a channel's extra headers, in part or not at all unless \`--show-values\` is
given. \`keys create\` shows the value of the new key. Messages other than the result go to standard error, so that
\`KEY=$(halley keys create ci)\` contains only the value of the key. \`NO_COLOR\` or \`--no-color\` disables colours.

\`source <(halley completion bash)\` enables completion of commands, options and values; see \`halley completion --help\` for zsh
and fish. \`halley help keys create\` shows the usage of a command, with examples.

## Exit codes

| exit code | meaning |
|---|---|
${codes.join('\n')}

A command that deletes several objects continues after a failure. The first failure determines the exit code.

${sections(program, '').join('\n\n')}
`;
}
