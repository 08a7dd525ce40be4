/** Declares the dependencies of commands and the options that several commands share. */
import type { Command } from 'commander';
import type { Clock } from '../platform/clock.ts';
import type { RandomBytes } from '../platform/random.ts';
import { type Client, createClient } from './client.ts';
import { findAccess } from './credentials.ts';
import { visible } from './display.ts';
import type { Terminal } from './terminal.ts';

export interface Context {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Sets the exit code of a command that failed in part. A thrown CliError sets it without this. */
  setExitCode(code: number): void;
}

export const defaultUrl = 'http://127.0.0.1:8787';

/** The options that select the gateway and the account. */
export interface GatewayOptions {
  readonly url?: string;
  readonly profile?: string;
}

/** The options of every command that calls a gateway. */
export interface RemoteOptions extends GatewayOptions {
  readonly json?: true;
}

/** Adds the options of `GatewayOptions` to a command. */
const gateway = (command: Command): Command =>
  command
    .option('--url <url>', `address of the gateway (HALLEY_URL; default ${defaultUrl})`)
    .option('--profile <name>', 'profile that `halley login` stored (HALLEY_PROFILE)');

/** Adds the options of `RemoteOptions` to a command. */
export const remote = (command: Command): Command =>
  gateway(command).option('--json', 'print JSON, for programs');

/** Adds examples to the end of a command's help, one on each line. */
export const examples = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);

/** Creates a client for the selected gateway with the access token found for it. */
export function connect({ terminal }: Context, options: GatewayOptions): Client {
  const { url, token } = findAccess(terminal.env, options, defaultUrl);
  return createClient(url, token, (text) => terminal.warn(`Warning: ${visible(text)}`));
}

/** In seconds since 1970 UTC. */
export const nowSeconds = ({ clock }: Pick<Context, 'clock'>): number => Math.floor(clock.now() / 1000);
