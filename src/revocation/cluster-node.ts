/** Runs this node of the cluster: performs the effects that `node-core.ts` decides. See docs/explanation/revocation.md. */
import type { Timer } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { LoggedChange, RunningSubject } from '../store/coordination.ts';
import { Barriers, type Confirmation, type OnProgress } from './barriers.ts';
import type { ClusterNodeOptions } from './cluster-node-options.ts';
import { KeyReports } from './key-reports.ts';
import type { Instant } from './lease.ts';
import { LeaseWatch } from './lease-watch.ts';
import {
  enforcedUpTo,
  mayServe,
  type NodeEffect,
  type NodeEvent,
  type NodeState,
  newNode,
  step,
} from './node-core.ts';
import type { NodeHandlers } from './node-handlers.ts';
import type { NodeStatus } from './node-status.ts';
import { type NodeRunning, RunningRequests } from './running-requests.ts';
import { UnresponsiveNodes } from './unresponsive-nodes.ts';
import { Waiters } from './waiters.ts';

/** Number of ticks in a lease: two in each quarter, after which the lease is renewed. */
const ticksInLease = 8;

/** How long a request without a lease waits for one, in milliseconds. */
const waitMs = 500;

/** Minimum number of log entries to keep. */
const logKept = 10_000;

/** Interval of the check for unresponsive nodes, in ticks. */
const suspectTicks = 3 * ticksInLease;

/** Interval of removing old log entries, in ticks. */
const pruneTicks = 4096;

export class ClusterNode {
  readonly #options: ClusterNodeOptions;
  readonly #state;
  readonly #barriers: Barriers;
  /** By their barriers. */
  readonly #confirmations = new WeakMap<Promise<Confirmation>, Promise<Confirmation>>();
  readonly #running: RunningRequests;
  #handlers: NodeHandlers | undefined;
  #timer: Timer | undefined;
  readonly #leaseWatch: LeaseWatch;
  /** Whether the lease is about to expire, so that in-flight requests are being aborted in order. */
  #isEnding = false;
  #unfollow: (() => Promise<void>) | undefined;
  #stopped = false;
  /** Whether requests may have been aborted since their usage was last flushed. */
  #mustFlushUsage = false;
  readonly #reports = new KeyReports();
  #ticks: number;
  readonly #unresponsive: UnresponsiveNodes;
  /** The head of the log at the last read. */
  #head = 0;
  readonly #waiters: Waiters;
  #fencedAt: number | undefined;
  #fencedMs = 0;
  #fences = 0;
  #serving = Promise.withResolvers<void>();

  constructor(options: ClusterNodeOptions) {
    this.#options = options;
    const { leaseMs, coordination, clock, identity, events } = options;
    this.#state = newNode(leaseMs);
    this.#waiters = new Waiters(clock);
    this.#ticks = options.ticks ?? 0;
    this.#leaseWatch = new LeaseWatch({
      clock,
      leaseMs,
      // Mutated by tests: requests end before the lease
      onEnding: (leftMs) => this.#abortInOrder(leftMs),
      onLapsed: () => this.#take({ on: 'tick' }),
    });
    this.#unresponsive = new UnresponsiveNodes(coordination, clock);
    this.#running = new RunningRequests({
      coordination,
      clock,
      processId: identity.processId,
      incarnation: () => this.#state.incarnation,
      count: (subject) => this.#handlers?.running(subject) ?? { running: 0, sockets: 0 },
    });
    this.#barriers = new Barriers({
      coordination,
      clock,
      leaseMs,
      processId: identity.processId,
      onPassed: (confirmation) => events.onPassed(confirmation),
    });
  }

  /** Joins the cluster. Resolves when this node may serve. */
  async start(handlers: NodeHandlers): Promise<void> {
    const { coordination, clock, identity } = this.#options;
    this.#handlers = handlers;
    this.#fencedAt = clock.monotonic();
    await coordination.retireEarlier(identity);
    this.#unfollow = await coordination.follow({
      onHint: () => this.#take({ on: 'hint' }),
      onAcknowledged: (incarnation, seq) => this.#barriers.acknowledged(incarnation, seq),
      onAsked: (question) => this.#running.onAsked(question),
      onAnswered: (answer) => this.#running.onAnswered(answer),
      onLost: (error) => this.#options.events.onFailure('listening for changes', error),
    });
    this.#tick();
    await this.#serving.promise;
  }

  readonly #tick = (): void => {
    if (this.#stopped) return;
    const { clock, leaseMs, coordination } = this.#options;
    this.#timer = clock.after(leaseMs / ticksInLease, this.#tick);
    this.#take({ on: 'tick' });
    this.#ticks += 1;
    if (this.#ticks % pruneTicks === 0) {
      coordination.pruneLog(logKept).catch((error) => this.#failed('removing old entries of the log', error));
    }
    if (this.#ticks % suspectTicks === 0) {
      this.#unresponsive.look().catch((error) => this.#failed('looking for silent nodes', error));
    }
  };

  #failed(what: string, error: unknown): void {
    if (!this.#stopped) this.#options.events.onFailure(what, error);
  }

  #now(): Instant {
    const { clock } = this.#options;
    return { monotonic: clock.monotonic(), wall: clock.now() };
  }

  #take(event: NodeEvent): void {
    if (this.#stopped) return;
    const wasServing = !this.#state.fenced;
    const effects = step(this.#state, event, this.#now());
    this.#watchLease();
    if (this.#handlers) for (const effect of effects) this.#perform(effect, this.#handlers);
    this.#waiters.wake(enforcedUpTo(this.#state));
    if (wasServing !== !this.#state.fenced) this.#noteServing(wasServing);
  }

  /** Aborts in-flight requests exactly when the lease ends, not at a later tick. */
  #watchLease(): void {
    const { lease, fenced } = this.#state;
    if (!fenced && this.#leaseWatch.watch(lease)) this.#setEnding(false);
  }

  /** Aborts in-flight requests while the lease still allows clients to receive the end. */
  #abortInOrder(leftMs: number): void {
    if (this.#stopped || this.#state.fenced) return;
    this.#setEnding(true);
    this.#options.events.onEnding();
    void this.#handlers?.abortAll(leftMs);
  }

  #setEnding(isEnding: boolean): void {
    if (this.#isEnding === isEnding) return;
    this.#isEnding = isEnding;
    if (isEnding) this.#serving = Promise.withResolvers();
    else if (!this.#state.fenced) this.#serving.resolve();
  }

  /** @returns whether this node itself has applied the change before a lease has passed */
  async #caughtUp(seq: number): Promise<boolean> {
    return enforcedUpTo(this.#state) >= seq || this.#waiters.wait(seq, this.#options.leaseMs);
  }

  #noteServing(wasServing: boolean): void {
    const { clock, events } = this.#options;
    if (wasServing) {
      this.#fencedAt = clock.monotonic();
      this.#fences += 1;
      // While the lease was about to expire, requests already waited for this promise.
      if (!this.#isEnding) this.#serving = Promise.withResolvers();
      this.#isEnding = false;
      events.onFenced();
      return;
    }
    const fencedMs = clock.monotonic() - (this.#fencedAt ?? clock.monotonic());
    this.#fencedMs += fencedMs;
    this.#fencedAt = undefined;
    this.#serving.resolve();
    events.onServing(fencedMs);
  }

  #perform(effect: NodeEffect, handlers: NodeHandlers): void {
    const { coordination, identity, leaseMs } = this.#options;
    switch (effect.do) {
      case 'evict':
        for (const change of effect.changes) handlers.evict(change);
        break;
      case 'forget':
        handlers.clear();
        break;
      case 'end':
        void handlers.abortAll(0).then(() => this.#take({ on: 'ended' }));
        break;
      case 'enforce': {
        const { epoch, upTo, changes } = effect;
        void Promise.all(changes.map((change) => this.#enforce(change, handlers))).then(() =>
          this.#take({ on: 'enforced', epoch, upTo }),
        );
        break;
      }
      case 'register':
        this.#reports.forget();
        this.#ask(
          effect,
          coordination.register(identity, effect.replaces, leaseMs),
          (incarnation, epoch) => ({
            on: 'registered',
            epoch,
            incarnation,
          }),
        );
        break;
      case 'extend':
        this.#ask(effect, coordination.extend(effect.incarnation), (known, epoch) => ({
          on: 'extended',
          epoch,
          known,
        }));
        break;
      case 'read':
        this.#ask(effect, coordination.readLog(effect.from), (log, epoch) => {
          this.#head = log.head.seq;
          this.#reports.noteRead(log.entries);
          return { on: 'read', epoch, log };
        });
        break;
      case 'acknowledge': {
        const { incarnation, seq } = effect;
        this.#ask(effect, this.#acknowledge(incarnation, seq, handlers), (known, epoch) => ({
          on: 'acknowledged',
          epoch,
          known,
        }));
        break;
      }
      case 'reassert':
        this.#ask(effect, coordination.reassert(effect.deletions, effect.seq), (head, epoch) => ({
          on: 'reasserted',
          epoch,
          head,
        }));
    }
  }

  async #enforce(change: LoggedChange, handlers: NodeHandlers): Promise<void> {
    const enforcement = await handlers.enforce(change);
    this.#mustFlushUsage ||= enforcement.found > 0;
    const now = this.#options.clock.now();
    this.#reports.noteEnforced(change, (keyId) => handlers.report(keyId, enforcement, now));
  }

  async #acknowledge(incarnation: number, seq: number, handlers: NodeHandlers): Promise<boolean> {
    await this.#usageFlushed(handlers);
    const { coordination } = this.#options;
    return this.#reports.send((reports) => coordination.acknowledge(incarnation, seq, reports));
  }

  /** The sender of an acknowledgement guarantees that the usage is charged. */
  async #usageFlushed(handlers: NodeHandlers): Promise<void> {
    if (!this.#mustFlushUsage) return;
    this.#mustFlushUsage = false;
    await handlers.flushUsage();
  }

  #ask<Answer>(
    effect: Extract<NodeEffect, { readonly epoch: number }> & { readonly do: AskedFor },
    asked: Promise<Answer>,
    event: (answer: Answer, epoch: number) => NodeEvent,
  ): void {
    const { epoch } = effect;
    asked.then(
      (answer) => this.#take(event(answer, epoch)),
      (error: unknown) => {
        this.#failed(statementNames[effect.do], error);
        this.#take({ on: 'failed', epoch, what: effect.do });
      },
    );
  }

  /**
   * Whether requests may be admitted and continue. Ask before each use. When it returns false, it has noticed that
   * the lease expired and has begun to abort all in-flight requests.
   */
  mayServe(): boolean {
    if (this.#isEnding) return false;
    if (mayServe(this.#state, this.#now())) return true;
    if (!this.#state.fenced) this.#take({ on: 'tick' });
    return false;
  }

  /**
   * Waits briefly for a lease.
   * @throws HalleyError('store_unavailable') when there is still none
   */
  async untilServing(): Promise<void> {
    const { clock } = this.#options;
    if (this.#stopped) throw new HalleyError('draining');
    const late = Promise.withResolvers<'late'>();
    const timer = clock.after(waitMs, () => late.resolve('late'));
    const outcome = await Promise.race([this.#serving.promise, late.promise]);
    timer.cancel();
    if (outcome === 'late' && !this.mayServe()) {
      throw new HalleyError('store_unavailable', {
        message: 'This node cannot reach its database, so it admits no requests for now. Try again.',
        log: 'no lease',
      });
    }
  }

  /** Resolves when this node has applied everything that is committed now, or a lease has passed. */
  async caughtUp(): Promise<void> {
    const { seq } = (await this.#options.coordination.readLog(undefined)).head;
    await this.#caughtUp(seq);
  }

  /** Resolves when every other node has applied everything that is committed now, or its lease has ended. */
  async allApplied(): Promise<void> {
    const { seq } = (await this.#options.coordination.readLog(undefined)).head;
    await this.confirmed(seq);
  }

  /**
   * Resolves when every other node has applied a change, or its lease has ended. Never rejects.
   * @param onProgress called while it waits
   */
  confirmed(seq: number, onProgress?: OnProgress): Promise<Confirmation> {
    const passed = this.#barriers.wait(seq, onProgress);
    // Changes of one commit share it.
    const confirmed = this.#confirmations.get(passed) ?? this.#confirm(seq, passed);
    this.#confirmations.set(passed, confirmed);
    return confirmed;
  }

  async #confirm(seq: number, passed: Promise<Confirmation>): Promise<Confirmation> {
    const [confirmation, caughtUp] = await Promise.all([passed, this.#caughtUp(seq)]);
    // Recording it only spares a repeated call a wait, so its success does not matter here.
    const { server } = this.#state;
    if (caughtUp && server !== undefined) {
      this.#options.coordination.confirm(seq, server).catch(() => undefined);
    }
    return confirmation;
  }

  /**
   * The requests that run with these keys, on each node.
   * @throws HalleyError('store_unavailable') when the nodes cannot be asked
   */
  running(subject: RunningSubject): Promise<readonly NodeRunning[]> {
    return this.#running.ask(subject);
  }

  /** The state of the protocol, read-only. */
  get state(): Readonly<NodeState> {
    return this.#state;
  }

  /** For metrics and readiness. */
  get status(): NodeStatus {
    const { lease, applied, acked, fenced } = this.#state;
    const { clock } = this.#options;
    const now = clock.monotonic();
    return {
      leaseAgeMs: lease ? now - lease.monotonic : undefined,
      isServing: !fenced && !this.#isEnding && mayServe(this.#state, this.#now()),
      logLag: Math.max(0, this.#head - (applied ? acked : 0)),
      fences: this.#fences,
      fencedMs: this.#fencedMs + (this.#fencedAt === undefined ? 0 : now - this.#fencedAt),
    };
  }

  /** Leaves the cluster. Call it after all requests have ended. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#leaseWatch.stop();
    const { incarnation } = this.#state;
    const { coordination } = this.#options;
    await this.#unfollow?.();
    if (incarnation !== undefined) await coordination.leave(incarnation).catch(() => undefined);
  }
}

type AskedFor = 'register' | 'extend' | 'read' | 'acknowledge' | 'reassert';

const statementNames: Record<AskedFor, string> = {
  register: 'joining the fleet',
  extend: 'renewing the lease',
  read: 'reading the log of changes',
  acknowledge: 'acknowledging changes',
  reassert: 'asserting deletions again',
};
