/** One result of `halley doctor`. */
import { exitCodes } from './exit-codes.ts';

/** `exitCode` counts when it failed: the first failure decides how the command ends; a warning does not. */
export interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  /** One sentence with what is so and, when it is not sound, one with the cure. */
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
