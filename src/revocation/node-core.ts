/**
 * A node's part of the protocol in docs/revocation.md: its registration, its lease, the log that it follows, and
 * what it acknowledges. Pure: plain data and one function from events to effects, so that the simulation and the
 * model run the very same code. What an effect asks for is answered by an event with the same `epoch`; answers
 * that belong to an earlier registration are thus told apart.
 */
import type { LogEntry, LoggedChange, LogMark, LogRead } from '../store/coordination.ts';
import { type Instant, isAlive } from './lease.ts';

export interface NodeState {
  readonly leaseMs: number;
  /** Goes up with every new start, so that answers to what was asked before it are not listened to. */
  epoch: number;
  /** Undefined = not registered. */
  incarnation: number | undefined;
  /** The one before. */
  givenUp: number | undefined;
  /** Up to where the log is applied to the cache; undefined = its head has not been read yet. */
  applied: LogMark | undefined;
  /** What was applied under an earlier registration: the log must go on from there too. */
  known: LogMark | undefined;
  /** Which run of the database `applied` was read from. */
  server: string | undefined;
  /** Stretches of the log whose in-flight requests are being aborted. */
  enforcing: { readonly after: number; readonly upTo: number }[];
  acked: number;
  /** What is being acknowledged, or was when it failed. */
  acking: number | undefined;
  /** It failed: to be tried again at the next tick. */
  ackFailed: boolean;
  /** What the lease is counted from. */
  lease: Instant | undefined;
  /** Renewals that hold once the log is applied up to `needs`. */
  renewals: { readonly from: Instant; readonly needs: number }[];
  /** The statement about the registration that is under way. */
  stating: 'register' | 'extend' | 'reassert' | undefined;
  /** When it was sent, or the last one. */
  sentAt: Instant | undefined;
  /** A renewal that was committed, and still needs the log to be read. */
  extended: Instant | undefined;
  /** The log is being read, for this renewal if there is one. */
  reading: { readonly renewal: Instant | undefined } | undefined;
  /** Whether the log must be read again after that. */
  readAgain: boolean;
  /** The lease has lapsed (or there was none): nothing is admitted, nothing runs. */
  fenced: boolean;
  /** In-flight requests are being aborted because of that. */
  ending: boolean;
  /** What the database may have lost, to be reasserted. */
  lost: { readonly deletions: readonly LogEntry[]; readonly seq: number } | undefined;
  /** The newest deletions of the log, for that. */
  deletions: LogEntry[];
}

export type NodeEvent =
  /** Time has passed; to be called several times in a quarter of the lease. */
  | { readonly on: 'tick' }
  /** There may be something new in the log. */
  | { readonly on: 'hint' }
  | { readonly on: 'registered'; readonly epoch: number; readonly incarnation: number }
  | { readonly on: 'extended'; readonly epoch: number; readonly known: boolean }
  | { readonly on: 'read'; readonly epoch: number; readonly log: LogRead }
  | { readonly on: 'enforced'; readonly epoch: number; readonly upTo: number }
  | { readonly on: 'acknowledged'; readonly epoch: number; readonly known: boolean }
  | { readonly on: 'ended' }
  /** With the head of the log that the assertion has made. */
  | { readonly on: 'reasserted'; readonly epoch: number; readonly head: LogMark }
  | { readonly on: 'failed'; readonly epoch: number; readonly what: Statement };

type Statement = 'register' | 'extend' | 'read' | 'acknowledge' | 'reassert';

export type NodeEffect =
  /** `replaces`: the node's own earlier incarnation, which it has given up. */
  | { readonly do: 'register'; readonly epoch: number; readonly replaces: number | undefined }
  | { readonly do: 'extend'; readonly epoch: number; readonly incarnation: number }
  | { readonly do: 'read'; readonly epoch: number; readonly from: number | undefined }
  | { readonly do: 'acknowledge'; readonly epoch: number; readonly incarnation: number; readonly seq: number }
  /** The cache evicts what the changes may have made stale. At once: before any other event. */
  | { readonly do: 'evict'; readonly changes: readonly LoggedChange[] }
  /** In-flight requests that the changes revoke are aborted. */
  | {
      readonly do: 'enforce';
      readonly epoch: number;
      readonly changes: readonly LoggedChange[];
      readonly upTo: number;
    }
  /** The cache is emptied, and reads under way bring nothing. At once. */
  | { readonly do: 'forget' }
  /** All in-flight requests are aborted; answered by `ended`. */
  | { readonly do: 'end' }
  | {
      readonly do: 'reassert';
      readonly epoch: number;
      readonly deletions: readonly LogEntry[];
      readonly seq: number;
    };

/** Deletions that are kept to reassert them to a database that has lost them. */
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

/** Whether requests may be admitted by what the cache holds, and may continue. */
export function mayServe(state: NodeState, now: Instant): boolean {
  // Mutated by tests: serving needs a lease
  return !state.fenced && state.lease !== undefined && isAlive(state.lease, now, state.leaseMs);
}

/** Up to where the log is applied, in-flight requests included. */
export function enforcedUpTo({ applied, enforcing }: NodeState): number {
  // Mutated by tests: acknowledged is enforced
  return Math.min(applied?.seq ?? 0, ...enforcing.map(({ after }) => after));
}

/** Takes an event in. @returns what is to be done, in this order */
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

/** A lease that has run out is noticed before anything else is done. */
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

/** Reads what is new in the log, now or (when it is being read already) once more. */
function readLog(state: NodeState, effects: NodeEffect[]): void {
  if (state.reading) {
    state.readAgain = true;
    return;
  }
  // A renewal holds only by what is read after it was committed.
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
 * Whether the log goes on from where it was applied to. If not, either entries were removed before they were
 * seen, or the database has lost what was committed (it went back, or on from an earlier point): which of the two
 * cannot always be told, so that the deletions known here are asserted again in both.
 */
function continues(applied: LogMark, head: LogMark, entries: readonly LogEntry[]): boolean {
  const fresh = entries.filter(({ seq }) => seq > applied.seq);
  const isWhole = fresh.every(({ seq }, index) => seq === applied.seq + 1 + index);
  if (!isWhole || applied.seq + fresh.length > head.seq) return false;
  if (fresh.length === 0 && applied.seq !== head.seq) return false;
  const same = fresh.length === 0 ? head : entries.find(({ seq }) => seq === applied.seq);
  // Before the first entry there is none.
  // Mutated by tests: a log is told by its nonces
  return same ? same.nonce === applied.nonce : applied.seq === 0;
}

/** Forgets everything and registers as if new. */
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

/** Whatever failed is tried again at the next tick. */
function noteFailure(state: NodeState, what: Statement): void {
  if (what === 'acknowledge') {
    state.ackFailed = true;
    return;
  }
  if (what === 'read') {
    // The renewal that it belonged to is void with it.
    state.reading = undefined;
    state.readAgain = false;
  } else state.stating = undefined;
  if (!state.stating) state.sentAt = undefined;
}

/** Draws the conclusions: which renewals hold by now, what can be acknowledged. */
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
