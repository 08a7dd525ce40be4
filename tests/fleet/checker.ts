/**
 * Finds violations: an attempt that began after the revocation of its right was confirmed, and was admitted. Takes
 * one pass over the attempts.
 * All times are from one clock, that of the test process. The time of an attempt is read before its first byte is
 * written, and that of a confirmation after its last byte was read. So an attempt that is recorded as later really
 * began later.
 */

/** One request of one client. */
export interface Attempt {
  readonly id: number;
  readonly node: number;
  /** The right that it uses. */
  readonly right: string;
  readonly invoked: number;
  /** Infinity when there was no response. */
  readonly returned: number;
  /** 0 when the connection broke, or there was no response. */
  readonly status: number;
  /** What a node said that could not serve (5xx). */
  readonly refusal?: string;
}

export interface ConfirmedRevocation {
  readonly right: string;
  /** When the client knew of the success. */
  readonly returned: number;
  /** When the call that gave the right back was sent; Infinity without one. */
  readonly restored: number;
}

export interface Verdict {
  readonly attempts: number;
  readonly admitted: number;
  /** Attempts with a revoked right. */
  readonly after: number;
  /** Those within 10 ms of the confirmation. */
  readonly soonAfter: number;
  /** Attempts after the confirmation that were admitted. */
  readonly violations: readonly string[];
}

/**
 * @param reached attempts that reached the upstream, which means that they were admitted, independent of the
 * response
 */
export function judge(
  attempts: readonly Attempt[],
  revocations: readonly ConfirmedRevocation[],
  reached: ReadonlySet<number>,
): Verdict {
  const byRight = Map.groupBy(revocations, ({ right }) => right);
  const violations: string[] = [];
  let admitted = 0;
  let after = 0;
  let soonAfter = 0;
  for (const attempt of attempts) {
    const isAdmitted = attempt.status === 200 || reached.has(attempt.id);
    if (isAdmitted) admitted += 1;
    const broken = byRight.get(attempt.right)?.find((each) => isWithin(attempt, each));
    if (!broken) continue;
    after += 1;
    const late = attempt.invoked - broken.returned;
    if (late <= 10) soonAfter += 1;
    // If the right was given back meanwhile, the attempt may have been admitted legitimately.
    if (isAdmitted && attempt.returned < broken.restored) {
      violations.push(
        `node ${attempt.node} admitted attempt ${attempt.id} on ${attempt.right}, which began ${late.toFixed(2)} ms ` +
          `after its revocation was confirmed (status ${attempt.status})`,
      );
    }
  }
  return { attempts: attempts.length, admitted, after, soonAfter, violations };
}

function isWithin({ invoked }: Attempt, { returned, restored }: ConfirmedRevocation): boolean {
  return invoked > returned && invoked < restored;
}
