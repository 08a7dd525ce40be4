/** One result of `halley doctor`. */
import { exitCodes } from './exit-codes.ts';

/** The first failed finding with an `exitCode` sets the exit code of the command; warnings do not. */
export interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  /** One sentence about the state and, if it is a problem, one about the fix. */
  readonly message: string;
  readonly exitCode?: number;
}

export const ok = (check: string, message: string): Finding => ({ check, outcome: 'ok', message });
export const warning = (check: string, message: string): Finding => ({ check, outcome: 'warning', message });
export const skipped = (check: string, message: string): Finding => ({ check, outcome: 'skipped', message });
export const failed = (check: string, message: string, exitCode: number = exitCodes.failure): Finding => ({
  check,
  outcome: 'failed',
  message,
  exitCode,
});
