/** `halley openapi`: prints the OpenAPI document of a running gateway. */
import type { Command } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, defaultUrl, examples } from '../context.ts';
import { printJson } from '../display.ts';
import { CliError, exitCodes } from '../exit-codes.ts';

export function addOpenApi(program: Command, context: Context): void {
  const command = program
    .command('openapi')
    .description('print the OpenAPI document of a running gateway')
    .option('--url <url>', `address of the gateway (HALLEY_URL; default ${defaultUrl})`)
    .action(async (options: { url?: string }) => {
      const { status, body } = await connect(context, options).plain('/api/openapi.json');
      if (status !== 200)
        throw new CliError(exitCodes.serverError, `The gateway answered with status ${status}.`);
      printJson(context.terminal, asRecord(body));
    });
  examples(command, 'halley openapi > openapi.json');
}
