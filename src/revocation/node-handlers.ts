/** What a node of a fleet does with its cache and its running requests when it follows the log of changes. */
import type { LoggedChange } from '../store/coordination.ts';

/** What a change of the log has to bring about on this node. */
export interface NodeHandlers {
  /** Synchronous: memory forgets what the change may have made untrue. */
  evict(change: LoggedChange): void;
  /**
   * Resolves when no running request relies on what the change withdrew. Never rejects.
   * @returns whether there were any that may have been ended
   */
  enforce(change: LoggedChange): Promise<boolean>;
  /** Resolves when what ended requests have used is written, or cannot be for now. Never rejects. */
  flushUsage(): Promise<void>;
  /** Synchronous: memory is emptied, and reads under way bring nothing. */
  clear(): void;
  /**
   * Ends all running requests; resolves when that is done. Never rejects.
   * @param withinMs how long clients may take to read the end; 0 = what they have not read is discarded at once
   */
  abortAll(withinMs: number): Promise<void>;
}
