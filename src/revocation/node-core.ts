/**
 * Implements a node's part of the protocol in docs/explanation/revocation.md: its registration, its lease, reading the log, and
 * acknowledging. Pure: plain data and one function from events to effects, so that the simulation and the model run
 * the same code. An event with the same `epoch` responds to an effect, which distinguishes responses to an earlier
 * registration.
 */
import type { LogEntry, LoggedChange, LogMark, LogRead } from '../store/coordination.ts';
import { type Instant, isAlive } from './lease.ts';

export interface NodeState {
  readonly leaseMs: number;
  /** Incremented with every restart, so that earlier responses are ignored. */
  epoch: number;
  /** Undefined when not registered. */
  incarnation: number | undefined;
  /** The previous incarnation. */
  givenUp: number | undefined;
  /** The position up to which the cache has applied the log; undefined before the first read of its head. */
  applied: LogMark | undefined;
  /** The position applied under an earlier registration. The log must continue from there too. */
  known: LogMark | undefined;
  /** The run of the database from which `applied` was read. */
  server: string | undefined;
  /** Ranges of the log whose in-flight requests are being aborted. */
  enforcing: { readonly after: number; readonly upTo: number }[];
  acked: number;
  /** The sequence that is being acknowledged, or whose acknowledgement failed. */
  acking: number | undefined;
  /** Whether it failed; it is retried at the next tick. */
  ackFailed: boolean;
  /** The start of the lease. */
  lease: Instant | undefined;
  /** Renewals that take effect once the log is applied up to `needs`. */
  renewals: { readonly from: Instant; readonly needs: number }[];
  /** The pending statement about the registration. */
  stating: 'register' | 'extend' | 'reassert' | undefined;
  /** When it, or the last one, was sent. */
  sentAt: Instant | undefined;
  /** A committed renewal that still needs a read of the log. */
  extended: Instant | undefined;
  /** Set while the log is being read, with the renewal that needs it, if any. */
  reading: { readonly renewal: Instant | undefined } | undefined;
  /** Whether the log must be read again after that. */
  readAgain: boolean;
  /** Whether the lease has expired (or there was none): nothing is admitted, nothing continues. */
  fenced: boolean;
  /** Whether in-flight requests are being aborted because of that. */
  ending: boolean;
  /** Deletions that the database may have lost, to be reasserted. */
  lost: { readonly deletions: readonly LogEntry[]; readonly seq: number } | undefined;
  /** The newest deletions of the log, for `lost`. */
  deletions: LogEntry[];
}

export type NodeEvent =
  /** Time has passed. Must occur several times in a quarter of the lease. */
  | { readonly on: 'tick' }
  /** The log may have new entries. */
  | { readonly on: 'hint' }
  | { readonly on: 'registered'; readonly epoch: number; readonly incarnation: number }
  | { readonly on: 'extended'; readonly epoch: number; readonly known: boolean }
  | { readonly on: 'read'; readonly epoch: number; readonly log: LogRead }
  | { readonly on: 'enforced'; readonly epoch: number; readonly upTo: number }
  | { readonly on: 'acknowledged'; readonly epoch: number; readonly known: boolean }
  | { readonly on: 'ended' }
  /** Carries the head of the log after the reassertion. */
  | { readonly on: 'reasserted'; readonly epoch: number; readonly head: LogMark }
  | { readonly on: 'failed'; readonly epoch: number; readonly what: Statement };

type Statement = 'register' | 'extend' | 'read' | 'acknowledge' | 'reassert';

export type NodeEffect =
  /** `replaces`: the node's own earlier incarnation, which it has abandoned. */
  | { readonly do: 'register'; readonly epoch: number; readonly replaces: number | undefined }
  | { readonly do: 'extend'; readonly epoch: number; readonly incarnation: number }
  | { readonly do: 'read'; readonly epoch: number; readonly from: number | undefined }
  | { readonly do: 'acknowledge'; readonly epoch: number; readonly incarnation: number; readonly seq: number }
  /** The cache evicts what the changes may have made stale. Immediate: before any other event. */
  | { readonly do: 'evict'; readonly changes: readonly LoggedChange[] }
  /** Aborts in-flight requests that the changes revoke. */
  | {
      readonly do: 'enforce';
      readonly epoch: number;
      readonly changes: readonly LoggedChange[];
      readonly upTo: number;
    }
  /** Empties the cache and makes pending reads stale. Immediate. */
  | { readonly do: 'forget' }
  /** Aborts all in-flight requests; the event `ended` follows. */
  | { readonly do: 'end' }
  | {
      readonly do: 'reassert';
      readonly epoch: number;
      readonly deletions: readonly LogEntry[];
      readonly seq: number;
    };

/** Number of deletions kept for reassertion to a database that has lost them. */
const deletionsMax = 1000;

export function newNode(leaseMs: number): NodeState {
  return {
    leaseMs,
    epoch: 0,
    incarnation: undefined,
    givenUp: undefined,
    applied: undefined,
    known: undefined,
    server: undefined,
    enforcing: [],
    acked: 0,
    acking: undefined,
    ackFailed: false,
    lease: undefined,
    renewals: [],
    stating: undefined,
    sentAt: undefined,
    extended: undefined,
    reading: undefined,
    readAgain: false,
    fenced: true,
    ending: false,
    lost: undefined,
    deletions: [],
  };
}

/** Whether requests may be admitted by the cache, and may continue. */
export function mayServe(state: NodeState, now: Instant): boolean {
  // Mutated by tests: serving needs a lease
  return !state.fenced && state.lease !== undefined && isAlive(state.lease, now, state.leaseMs);
}

/** The position up to which the log is applied, including in-flight requests. */
export function enforcedUpTo({ applied, enforcing }: NodeState): number {
  // Mutated by tests: acknowledged is enforced
  return Math.min(applied?.seq ?? 0, ...enforcing.map(({ after }) => after));
}

/**
 * Processes an event.
 * @returns the effects to perform, in this order
 */
export function step(state: NodeState, event: NodeEvent, now: Instant): NodeEffect[] {
  const effects: NodeEffect[] = [];
  noteLapse(state, now, effects);
  if ('epoch' in event && event.epoch !== state.epoch) return effects;
  switch (event.on) {
    case 'tick':
      if (state.ackFailed) state.acking = undefined;
      state.ackFailed = false;
      renew(state, now, effects);
      break;
    case 'hint':
      if (state.applied) readLog(state, effects);
      break;
    case 'registered':
      state.stating = undefined;
      state.incarnation = event.incarnation;
      // Mutated by tests: start of the first lease
      state.extended = state.sentAt;
      readLog(state, effects);
      break;
    case 'extended':
      state.stating = undefined;
      // Mutated by tests: an expelled node registers anew
      if (!event.known) startAnew(state, now, effects);
      else {
        // Mutated by tests: start of an extended lease
        state.extended = state.sentAt;
        readLog(state, effects);
      }
      break;
    case 'read':
      takeLog(state, event.log, now, effects);
      break;
    case 'enforced':
      state.enforcing = state.enforcing.filter(({ upTo }) => upTo !== event.upTo);
      break;
    case 'acknowledged':
      if (!event.known) startAnew(state, now, effects);
      else state.acked = Math.max(state.acked, state.acking ?? 0);
      state.acking = undefined;
      break;
    case 'ended':
      state.ending = false;
      renew(state, now, effects);
      break;
    case 'reasserted':
      state.stating = undefined;
      state.lost = undefined;
      // What was reasserted may be lost again before this node has registered: it is compared with, like all it knew.
      // Mutated by tests: what was reasserted is compared
      state.known = event.head;
      renew(state, now, effects);
      break;
    case 'failed':
      noteFailure(state, event.what);
  }
  conclude(state, now, effects);
  return effects;
}

/** Notices an expired lease before anything else. */
function noteLapse(state: NodeState, now: Instant, effects: NodeEffect[]): void {
  if (state.fenced || mayServe(state, now)) return;
  fence(state, effects);
}

function fence(state: NodeState, effects: NodeEffect[]): void {
  if (state.fenced) return;
  state.fenced = true;
  // Mutated by tests: the end of requests is awaited
  state.ending = true;
  // Mutated by tests: a lapse ends requests
  effects.push({ do: 'end' });
}

/** Sends the renewal that is due. */
function renew(state: NodeState, now: Instant, effects: NodeEffect[]): void {
  if (state.stating) return;
  const { epoch, incarnation, lost, sentAt, leaseMs } = state;
  if (lost) {
    state.stating = 'reassert';
    effects.push({ do: 'reassert', epoch, ...lost });
  } else if (incarnation === undefined) {
    // What ran under the last registration must have ended before a new one promises that it has.
    // Mutated by tests: a registration comes after the end of requests
    if (state.ending) return;
    state.stating = 'register';
    state.sentAt = now;
    effects.push({ do: 'register', epoch, replaces: state.givenUp });
  } else if (sentAt === undefined || !isAlive(sentAt, now, leaseMs / 4)) {
    state.stating = 'extend';
    state.sentAt = now;
    // Mutated by tests: the log is read after a renewal
    effects.push({ do: 'extend', epoch, incarnation });
  }
}

/** Reads new log entries, now or after the present read. */
function readLog(state: NodeState, effects: NodeEffect[]): void {
  if (state.reading) {
    state.readAgain = true;
    return;
  }
  // A renewal takes effect only by a read after its commit.
  state.reading = { renewal: state.extended };
  state.extended = undefined;
  effects.push({ do: 'read', epoch: state.epoch, from: (state.applied ?? state.known)?.seq });
}

function takeLog(state: NodeState, log: LogRead, now: Instant, effects: NodeEffect[]): void {
  const { head, entries, server } = log;
  const renewal = state.reading?.renewal;
  state.reading = undefined;
  const { applied } = state;
  const since = applied ?? state.known;
  if (since && !continues(since, head, entries)) {
    state.lost = { deletions: state.deletions, seq: since.seq };
    state.applied = undefined;
    state.known = undefined;
    startAnew(state, now, effects);
    return;
  }
  const fresh = since ? entries.filter(({ seq }) => seq > since.seq) : [];
  const last = fresh.at(-1);
  // Under a new registration the cache is empty, so that all of the log is applied.
  const upTo: LogMark = applied && last ? { seq: last.seq, nonce: last.nonce } : head;
  state.deletions = [...state.deletions, ...fresh.filter(({ deleted }) => deleted)].slice(-deletionsMax);
  // What was read before belongs to no registration, or perhaps to a history that a fail-over has lost.
  // Mutated by tests: the cache is of one run of the database
  if (!applied || server !== state.server) effects.push({ do: 'forget' });
  if (applied && fresh.length > 0) {
    const changes = fresh.map(({ change }) => change);
    // Mutated by tests: the log is applied to the cache
    effects.push({ do: 'evict', changes });
    effects.push({ do: 'enforce', epoch: state.epoch, changes, upTo: upTo.seq });
    state.enforcing.push({ after: applied.seq, upTo: upTo.seq });
  }
  // It does not keep acknowledgements durably, and may have lost the last one. Another one follows fresh entries anyway.
  if (server !== state.server && fresh.length === 0) state.acked = 0;
  state.applied = upTo;
  state.server = server;
  // Mutated by tests: a renewal counts from its sending
  if (renewal) state.renewals.push({ from: renewal, needs: head.seq });
  if (state.readAgain || upTo.seq < head.seq) {
    state.readAgain = false;
    readLog(state, effects);
  }
}

/**
 * Whether the log continues from the applied position. If not, either entries were removed before the node saw
 * them, or the database has lost commits (it went back, or continued from an earlier position). The two cannot
 * always be distinguished, so the node reasserts the deletions that it knows in both cases.
 */
function continues(applied: LogMark, head: LogMark, entries: readonly LogEntry[]): boolean {
  const fresh = entries.filter(({ seq }) => seq > applied.seq);
  const isWhole = fresh.every(({ seq }, index) => seq === applied.seq + 1 + index);
  if (!isWhole || applied.seq + fresh.length > head.seq) return false;
  if (fresh.length === 0 && applied.seq !== head.seq) return false;
  const same = fresh.length === 0 ? head : entries.find(({ seq }) => seq === applied.seq);
  // Before the first entry there is none.
  // Mutated by tests: a nonce identifies a log
  return same ? same.nonce === applied.nonce : applied.seq === 0;
}

/** Clears the state and registers as a new node. */
function startAnew(state: NodeState, now: Instant, effects: NodeEffect[]): void {
  fence(state, effects);
  // Mutated by tests: the cache is of one registration
  effects.push({ do: 'forget' });
  state.epoch += 1;
  state.givenUp = state.incarnation ?? state.givenUp;
  state.incarnation = undefined;
  // Mutated by tests: an earlier registration is compared
  state.known = state.applied ?? state.known;
  state.applied = undefined;
  state.enforcing = [];
  state.acked = 0;
  state.acking = undefined;
  state.ackFailed = false;
  state.lease = undefined;
  state.renewals = [];
  state.stating = undefined;
  state.sentAt = undefined;
  state.extended = undefined;
  state.reading = undefined;
  state.readAgain = false;
  renew(state, now, effects);
}

/** Retries a failed statement at the next tick. */
function noteFailure(state: NodeState, what: Statement): void {
  if (what === 'acknowledge') {
    state.ackFailed = true;
    return;
  }
  if (what === 'read') {
    // The renewal that needed this read is void too.
    state.reading = undefined;
    state.readAgain = false;
  } else state.stating = undefined;
  if (!state.stating) state.sentAt = undefined;
}

/** Updates the lease and the acknowledgement: which renewals take effect, what can be acknowledged. */
function conclude(state: NodeState, now: Instant, effects: NodeEffect[]): void {
  const { applied, incarnation, epoch } = state;
  if (!applied || incarnation === undefined) return;
  const enforced = enforcedUpTo(state);
  const held = state.renewals.filter(({ needs }) => needs <= enforced);
  state.renewals = state.renewals.filter(({ needs }) => needs > enforced);
  for (const { from } of held) {
    if (!state.lease || from.monotonic > state.lease.monotonic) state.lease = from;
  }
  if (state.fenced && !state.ending && state.lease && isAlive(state.lease, now, state.leaseMs)) {
    state.fenced = false;
  }
  if (enforced > state.acked && state.acking === undefined) {
    state.acking = enforced;
    effects.push({ do: 'acknowledge', epoch, incarnation, seq: enforced });
  }
}
