/** One result of `halley doctor`. */
import { exitCodes } from './exit-codes.ts';

/** `exitCode` counts when it failed: the first failure decides how the command ends. */
export interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** One sentence with what is so and, when it failed, one with the cure. */
  readonly message: string;
  readonly exitCode?: number;
}

export const ok = (check: string, message: string): Finding => ({ check, outcome: 'ok', message });
export const skipped = (check: string, message: string): Finding => ({ check, outcome: 'skipped', message });
export const failed = (check: string, message: string, exitCode: number = exitCodes.failure): Finding => ({
  check,
  outcome: 'failed',
  message,
  exitCode,
});
