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
  /** Tells the process how to end when a command failed in part; a thrown CliError needs no telling. */
  setExitCode(code: number): void;
}

export const defaultUrl = 'http://127.0.0.1:8787';

/** Which gateway, and as whom. */
export interface GatewayOptions {
  readonly url?: string;
  readonly profile?: string;
}

/** Options of every command that talks to a gateway. */
export interface RemoteOptions extends GatewayOptions {
  readonly json?: true;
}

/** Gives a command the options of `GatewayOptions`. */
export const gateway = (command: Command): Command =>
  command
    .option('--url <url>', `address of the gateway (HALLEY_URL; default ${defaultUrl})`)
    .option('--profile <name>', 'a gateway that `halley login` has kept (HALLEY_PROFILE)');

/** Gives a command the options of `RemoteOptions`. */
export const remote = (command: Command): Command =>
  gateway(command).option('--json', 'print JSON, for programs');

/** Ends the help of a command with examples, one a line. */
export const examples = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);

/** The client for the gateway that is meant, with the token that is found. */
export function connect({ terminal }: Context, options: GatewayOptions): Client {
  const { url, token } = findAccess(terminal.env, options, defaultUrl);
  return createClient(url, token, (text) => terminal.warn(`Warning: ${visible(text)}`));
}

/** Seconds since 1970 UTC. */
export const nowSeconds = ({ clock }: Pick<Context, 'clock'>): number => Math.floor(clock.now() / 1000);
