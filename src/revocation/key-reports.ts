/** What this node tells others of deleted keys: collected when a deletion is enforced, sent with the acknowledgement. */

import type { Access, Enforcement } from '../access/access.ts';
import type { LogEntry, LoggedChange } from '../store/coordination.ts';
import type { KeyReport } from '../store/receipt-store.ts';

/**
 * Call it when the deletion is enforced: then no later request of the key can have been admitted.
 * @param appliedAt wall-clock milliseconds since 1970 UTC
 */
export function reportOf(
  access: Pick<Access, 'lastAdmission'>,
  keyId: number,
  { ended }: Pick<Enforcement, 'ended'>,
  appliedAt: number,
): KeyReport {
  const { at, knownSince } = access.lastAdmission(keyId);
  return { keyId, appliedAt, ended, lastAdmittedAt: at, knownSince };
}

export class KeyReports {
  /** Deletions that were read from the log. */
  readonly #deletions = new WeakSet<LoggedChange>();
  /** By key: the latest one counts. */
  #unsent = new Map<number, KeyReport>();

  noteRead(entries: readonly LogEntry[]): void {
    for (const { change, deleted } of entries) if (deleted) this.#deletions.add(change);
  }

  /** @param report makes the report, if the change has deleted a key */
  noteEnforced(change: LoggedChange, report: (keyId: number) => KeyReport): void {
    if (change.kind !== 'key' || !this.#deletions.has(change)) return;
    this.#unsent.set(change.keyId, report(change.keyId));
  }

  /** The node registers anew: what it told under its earlier registration is void. */
  forget(): void {
    this.#unsent = new Map();
  }

  /** Sends all reports. Those of a failed attempt are sent again with the next one. */
  async send<Answer>(send: (reports: readonly KeyReport[]) => Promise<Answer>): Promise<Answer> {
    const reports = this.#unsent;
    this.#unsent = new Map();
    try {
      return await send([...reports.values()]);
    } catch (error) {
      this.#unsent = new Map([...reports, ...this.#unsent]);
      throw error;
    }
  }
}
