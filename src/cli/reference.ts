/** Generates docs/cli.md from the help of every command. */
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

\`halley\` is \`bin/halley\` of the checkout, callable from anywhere. \`serve\`, \`settings\`, \`doctor\`, \`ledger\`,
\`backup\`, \`restore\`, \`migrate\`, \`secret\` and \`root\` work on this machine; the other commands talk over HTTP to a running gateway, with the personal access token of an account.

\`\`\`sh
halley login --url https://gateway.example.com   # asks for name and password, or for a token
halley keys create website --quota-usd 20 --expires 90d
halley logs --follow
\`\`\`

## Signing in

\`halley login\` keeps the address and an access token as a profile, in \`~/.config/halley/profiles.json\` (under
\`XDG_CONFIG_HOME\` where that is set; mode 600, and refused where other users can read it). An account has one access
token: \`login\` with name and password makes a new one, and asks before it takes the place of another; a pasted token
(\`--token-file\`, or no user name) stays as it is. \`--profile\` or \`HALLEY_PROFILE\` names another profile, and \`halley
profiles use\` makes it the current one.

Programs need no profile: they set \`HALLEY_URL\`, and \`HALLEY_TOKEN\` or \`HALLEY_TOKEN_FILE\`. What is looked at, in this order:

| found | used |
|---|---|
| \`--profile\`, \`HALLEY_PROFILE\` | that profile, whole; another address beside it is refused |
| \`HALLEY_TOKEN\`, \`HALLEY_TOKEN_FILE\` | that token, at \`--url\`, \`HALLEY_URL\` or the default |
| a profile for \`--url\` or \`HALLEY_URL\`; without these, the current one | that profile: its token goes to no other address |
| \`~/.config/halley/token\` | that token, at \`--url\`, \`HALLEY_URL\` or the default |

A token or a password is never taken from the command line, where others could read it.

## What is printed

On a terminal, tables are fitted to its width: long texts are cut (\`…\`), then columns are left out, which is said below
the table; \`--wide\` shows all of everything. Times are distances from now unless \`--utc\`, amounts are USD. In a pipe, a
table is lines of tab-separated fields, the first one the head, with everything in full: units with their USD, times in
UTC. \`--json\` prints JSON: a list is always an array of the records.

Lists come in pages of 20. Standard error says so wherever that is not all, in a pipe too (\`20 of 100,000 keys; --all for all,
--page 2 for the next.\`). \`--all\` prints every page as it arrives. If it fails on the way, the JSON array is not closed and
the exit code is not 0.

Values of keys, and of a channel's extra headers, are shown in part or not at all unless \`--show-values\` asks for them, in
JSON as in tables; \`keys create\` shows the value of the new key. What a command has to say besides its result
goes to standard error, so that \`KEY=$(halley keys create ci)\` holds the key's value alone. \`NO_COLOR\` or
\`--no-color\` colours nothing.

Shells complete commands, flags and values after \`source <(halley completion bash)\`; see \`halley completion --help\` for zsh
and fish. \`halley help keys create\` shows how a command is used, with examples.

## Exit codes

| exit code | meaning |
|---|---|
${codes.join('\n')}

Where a command deletes several things, it goes on after a failure; the first failure decides the exit code.

${sections(program, '').join('\n\n')}
`;
}
