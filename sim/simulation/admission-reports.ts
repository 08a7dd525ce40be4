/** Checks what nodes report of deleted keys: the last admission is the true one, and no other follows the report. */
import type { KeyReport } from '../../src/store/receipt-store.ts';

export class AdmissionReports {
  /** By process and key: the last admission, by the wall clock of the machine. */
  readonly #admitted = new Map<string, number>();
  readonly #reported = new Set<string>();
  #hasLostCommits = false;

  /** Deletions may be undone, and reports on them are void: nothing is promised of them from now on. */
  lostCommits(): void {
    this.#hasLostCommits = true;
  }

  /** @returns what is wrong; undefined = nothing */
  admitted(processId: string, key: number, wall: number): string | undefined {
    const place = `${processId} ${key}`;
    this.#admitted.set(place, wall);
    return this.#reported.has(place) && !this.#hasLostCommits
      ? `admitted a request of key ${key} after it reported the key as gone`
      : undefined;
  }

  /** @returns what is wrong; undefined = nothing */
  reported(processId: string, { keyId, lastAdmittedAt }: KeyReport): string | undefined {
    const place = `${processId} ${keyId}`;
    this.#reported.add(place);
    const last = this.#admitted.get(place) ?? null;
    if (this.#hasLostCommits || lastAdmittedAt === last) return undefined;
    return `reported ${lastAdmittedAt} as the last admission of key ${keyId}, which was ${last}`;
  }
}
