/**
 * What must never be: an attempt that began after the revocation of its right was confirmed, and was admitted. It
 * takes one look at each attempt.
 *
 * All times are of one clock, that of the test process. An attempt's time is read before its first byte is written,
 * and a confirmation's when its last byte has been read, so that an attempt which is said to have begun after it
 * did so for everyone.
 */

/** One request of one client. */
export interface Attempt {
  readonly id: number;
  readonly node: number;
  /** What it needs to be admitted. */
  readonly right: string;
  readonly invoked: number;
  /** Infinity = it was never answered. */
  readonly returned: number;
  /** 0 = the connection broke, or it was never answered. */
  readonly status: number;
}

export interface ConfirmedRevocation {
  readonly right: string;
  /** When its success was known. */
  readonly returned: number;
  /** When the call was sent that gave the right back; Infinity = it never was. */
  readonly restored: number;
}

export interface Verdict {
  readonly attempts: number;
  readonly admitted: number;
  /** Attempts on a right that was revoked. */
  readonly after: number;
  /** Of those, the ones within 10 ms of the confirmation. */
  readonly soonAfter: number;
  /** Of those after, what was admitted. */
  readonly violations: readonly string[];
}

/**
 * @param reached attempts that reached the upstream: admitted, whatever their clients saw
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
    // Where the right was given back while it ran, it may have been admitted by that.
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
