/** Exit codes of the command line, one for each kind of failure. They are part of its contract. */

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  unreachable: 5,
  serverError: 6,
  /** EX_CONFIG of BSD's sysexits. */
  settings: 78,
} as const;

/** Listed in the help and in docs/reference/cli.md, in this order. */
export const exitCodeMeanings: readonly (readonly [number, string])[] = [
  [exitCodes.ok, 'done'],
  [exitCodes.failure, 'the gateway refused, or the command failed in another way'],
  [exitCodes.usage, 'the command line or a value on it is wrong, or a needed confirmation is missing'],
  [exitCodes.denied, 'not signed in, or not allowed'],
  [exitCodes.notFound, 'there is no such key, user or channel'],
  [exitCodes.unreachable, 'the gateway cannot be reached or did not respond in time'],
  [exitCodes.serverError, 'the gateway failed, or the server is not a Halley gateway'],
  [exitCodes.settings, 'the settings are not valid'],
];

/** A failure whose message suffices for the user. The program prints no stack trace. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** The resource does not exist because it was deleted earlier. */
export class AlreadyDeleted extends CliError {
  /** The time as the gateway formats it: `2027-01-15T08:00:00Z`. */
  readonly at: string;

  constructor(message: string, deletedAt: string) {
    super(exitCodes.notFound, `${message} It was deleted at ${deletedAt}.`);
    this.at = deletedAt;
  }
}

export const usageError = (message: string): CliError => new CliError(exitCodes.usage, message);
