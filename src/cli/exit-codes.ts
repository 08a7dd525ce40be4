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

/** For the help and docs/cli.md, in the order of the codes. */
export const exitCodeMeanings: readonly (readonly [number, string])[] = [
  [exitCodes.ok, 'done'],
  [exitCodes.failure, 'refused by the gateway, or failed in another way'],
  [exitCodes.usage, 'the command line or a value on it is wrong, or a needed confirmation is missing'],
  [exitCodes.denied, 'not signed in, or not allowed'],
  [exitCodes.notFound, 'there is no such key, user or channel'],
  [exitCodes.unreachable, 'the gateway cannot be reached or did not answer in time'],
  [exitCodes.serverError, 'the gateway failed, or what answered is not one'],
  [exitCodes.settings, 'the settings are not valid'],
];

/** A failure whose message is all that a person needs; no stack is shown. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** There is no such key any more, since it was deleted before. */
export class AlreadyDeleted extends CliError {
  /** As the gateway says it: `2027-01-15T08:00:00Z`. */
  readonly at: string;

  constructor(message: string, at: string) {
    super(exitCodes.notFound, `${message} It was deleted at ${at}.`);
    this.at = at;
  }
}

export const usageError = (message: string): CliError => new CliError(exitCodes.usage, message);
