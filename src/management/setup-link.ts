/** The link that signs root in for the first time: makes its one-time code, and hands it to the operator. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAccessToken } from '../accounts/access-tokens.ts';
import { digestOf } from '../domain/digest.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { SignInStore } from '../store/sign-in-store.ts';

export interface SetupCodeOptions {
  readonly signIns: Pick<SignInStore, 'openSetup' | 'addSetupCode'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** 0 = there is none. */
  readonly rootId: number;
  /** Whether root was created just now, and nothing else can sign it in without being told how. */
  readonly isNew: boolean;
}

/**
 * Makes a code for this start. Codes of earlier starts, and of other nodes, stay valid until the first of them is used.
 * @returns undefined when root has signed in, or has a password of its own
 */
export async function makeSetupCode(options: SetupCodeOptions): Promise<string | undefined> {
  const { signIns, clock, random, rootId, isNew } = options;
  const now = Math.floor(clock.now() / 1000);
  const code = makeAccessToken(random);
  const row = { digest: digestOf(code), accountId: rootId, expiresAt: now + limits.setup_code_life_s };
  if (isNew) await signIns.openSetup(row);
  else if (!(await signIns.addSetupCode(row, now))) return undefined;
  return code;
}

/** The code is in the fragment, which browsers send to nobody. */
export function setupLink(url: string, code: string): string {
  return `${url}/console/login#setup=${code}`;
}

export interface LinkPlace {
  readonly dataDir: string;
  /** Whether what is printed is shown on a terminal, and kept nowhere. */
  readonly isTerminal: boolean;
}

/**
 * Output that is no terminal may be kept in a log, so the link then goes to a file that only the owner can read. A file
 * of an earlier start is removed.
 * @returns what to print about it; '' = nothing
 * @throws the system's error when the file cannot be written
 */
export function handOver(link: string | undefined, { dataDir, isTerminal }: LinkPlace): string {
  const path = join(dataDir, 'setup-link');
  rmSync(path, { force: true });
  if (link === undefined) return '';
  const lead = 'Open the console and choose a password of your own. The link works once, within an hour:';
  if (isTerminal) return `\n${lead}\n\n  ${link}\n`;
  writeFileSync(path, `${link}\n`, { mode: 0o600, flag: 'wx' });
  return `\nThe file ${path} has a link that opens the console and sets a password. It works once, within an hour.\n`;
}
