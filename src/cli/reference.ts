/** The text of docs/cli.md: the help of every command, so that the two can never differ. */
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

The token comes from \`HALLEY_TOKEN\`, or from the file named by \`HALLEY_TOKEN_FILE\`, or from
\`~/.config/halley/token\`; a file that other users can read is refused. It is never taken from the command line,
where others could read it. People get tables; \`--json\` prints the data of the API as it came. Where standard
output is not a terminal, tables are lines of tab-separated fields. What a command has to say besides its result
goes to standard error, so that \`KEY=$(halley keys create ci)\` holds the key's value alone.

| exit code | meaning |
|---|---|
${codes.join('\n')}

Where a command deletes several things, it goes on after a failure; the first failure decides the exit code.

${sections(program, '').join('\n\n')}
`;
}
