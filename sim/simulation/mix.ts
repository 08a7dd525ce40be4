/** Draws the parameters of a schedule from its seed: number of nodes, network delays, faults. */
import type { Random } from './random.ts';

export type FaultKind =
  | 'pause'
  | 'suspend'
  | 'crash'
  | 'leave'
  | 'join'
  | 'partition'
  | 'outage'
  | 'restart'
  | 'fail-over'
  | 'lossy fail-over'
  | 'step forward'
  | 'step back'
  | 'prune';

export interface Mix {
  readonly leaseMs: number;
  /** Time after which a node gives up on a statement. */
  readonly statementMs: number;
  readonly machines: number;
  /** The account of each key. */
  readonly accountOf: readonly number[];
  /** Upper bound of the delay of most messages. */
  readonly delayMs: number;
  /** The probability that a message takes up to `slowMs`. */
  readonly slow: number;
  readonly slowMs: number;
  /** The probability that a message is lost. */
  readonly lost: number;
  /** The probability that a notification is lost. */
  readonly unheard: number;
  /** Upper bound of the time to abort an in-flight request. */
  readonly abortMs: number;
  /** Upper bound of the output of an in-flight request. */
  readonly bytesMax: number;
  /** Log entries that one statement reads. */
  readonly rowsAtATime: number;
  /** Whether statements may outlive the connections of the database. */
  readonly proxied: boolean;
  /** Duration of faults, in leases. */
  readonly faultsLast: number;
  /** Distribution of the operations in time. */
  readonly rhythm: 'together' | 'a lease apart' | 'at any time';
  /** When everything is repaired. */
  readonly healsAt: number;
  readonly operations: number;
  readonly requests: number;
  readonly faults: readonly FaultKind[];
  /** Whether a node is cut off at a bad moment. */
  readonly hasAmbush: boolean;
  /** Whether a fail-over loses recent changes. */
  readonly losesHistory: boolean;
}

const leaseMs = 2000;

const owners: readonly (readonly number[])[] = [[0], [0, 0], [0, 1], [0, 0, 1]];

export function drawMix(random: Random): Mix {
  const delayMs = random.pick([2, 20, 20, 150]);
  const rhythm = random.pick(['together', 'a lease apart', 'at any time'] as const);
  const hasAmbush = random.chance(0.15);
  const losesHistory = random.chance(0.08);
  const isCalm = !hasAmbush && random.chance(0.1);
  return {
    leaseMs,
    statementMs: random.pick([300, 1000, 2500]),
    machines: random.pick([2, 2, 2, 3, 3, 4]),
    accountOf: random.pick(owners),
    delayMs,
    slow: isCalm ? 0 : random.pick([0, 0.02, 0.1, 0.3]),
    slowMs: delayMs + random.pick([0.1, 0.6, 1.3]) * leaseMs,
    lost: isCalm ? 0 : random.pick([0, 0, 0.02, 0.2]),
    unheard: random.pick([0, 0.1, 0.5, 1]),
    abortMs: random.pick([1, 50, 600]),
    rowsAtATime: random.pick([2, 3, 2000, 2000]),
    bytesMax: random.pick([6, 6, 6, 25]),
    proxied: random.chance(0.3),
    faultsLast: rhythm === 'a lease apart' ? 2.6 : 1.6,
    rhythm,
    healsAt:
      random.between(hasAmbush || losesHistory ? 3 : 1.5, rhythm === 'a lease apart' ? 4 : 3.1) * leaseMs,
    operations: 1 + random.below(5),
    requests: 6 + random.below(14),
    faults: isCalm ? [] : drawFaults(random),
    hasAmbush,
    losesHistory,
  };
}

const common: readonly FaultKind[] = ['pause', 'crash', 'partition', 'partition', 'leave', 'join', 'prune'];
const ofTheDatabase: readonly FaultKind[] = ['outage', 'restart', 'fail-over', 'lossy fail-over'];

function drawFaults(random: Random): FaultKind[] {
  // A wall clock that is set back while the monotonic clock stands still hides the passed time.
  const ofClocks: readonly FaultKind[] = random.chance(0.5)
    ? ['suspend', 'step forward']
    : ['step back', 'step forward'];
  const kinds = [...common, ...ofClocks, ...ofClocks, ...(random.chance(0.4) ? ofTheDatabase : [])];
  return Array.from({ length: random.below(5) }, () => random.pick(kinds));
}
