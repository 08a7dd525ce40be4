/** One simulated process of a node: runs `src/revocation/node-core.ts` with a key cache and in-flight requests. */
import { beginFill, endFill, type Fill, type Fills, makeStale } from '../../src/access/fills.ts';
import { haveAllEnded } from '../../src/revocation/lease.ts';
import {
  enforcedUpTo,
  mayServe,
  type NodeEffect,
  type NodeEvent,
  type NodeState,
  newNode,
  step,
} from '../../src/revocation/node-core.ts';
import type { LoggedChange, NodeRow } from '../../src/store/coordination.ts';
import { Barriers } from './barriers.ts';
import { modelCount } from './database.ts';
import { Followers } from './followers.ts';
import type { Machine } from './machine.ts';
import { send } from './network.ts';
import type { Happening } from './queue.ts';
import type { Request } from './request.ts';
import type { World } from './world.ts';

interface Reading {
  readonly fill: Fill;
  readonly requests: Request[];
}

interface InFlightRequest {
  readonly key: number;
  readonly model: number;
  isCut: boolean;
}

const ticksInLease = 8;

/** How often silent nodes are looked for, in ticks. */
const suspectTicks = 3 * ticksInLease;

export class Process {
  readonly machine: Machine;
  readonly world: World;
  readonly processId: string;
  readonly state: NodeState;
  readonly barriers: Barriers;
  isAlive = true;
  isPaused = false;
  /** When it last went on after a pause. */
  resumedAt = 0;
  /** What would have happened to it while it was paused. */
  missed: Happening[] = [];
  /** For each key, a bit for each model it may be used for. */
  readonly #memory = new Map<number, number>();
  readonly #fills: Fills = new Set();
  readonly #readings = new Map<number, Reading>();
  #inFlightRequests: InFlightRequest[] = [];
  readonly #followers = new Followers();
  #ticks: number;
  #suspects: readonly Pick<NodeRow, 'incarnation' | 'renewals'>[] = [];
  #suspectedAt = 0;
  #mustSettle = false;

  constructor(machine: Machine, processId: string) {
    this.machine = machine;
    this.world = machine.world;
    this.processId = processId;
    this.state = newNode(this.world.mix.leaseMs);
    this.barriers = new Barriers(this);
    // It may have run for long.
    this.#ticks = this.world.random.below(suspectTicks);
  }

  start(): void {
    if (this.world.trace) this.world.note(this.machine, `${this.processId} starts`);
    this.#retireEarlier();
  }

  /** Processes that ran on this machine before are dead. */
  #retireEarlier(): void {
    const { database } = this.world;
    const again = () =>
      this.after(this.world.mix.leaseMs / ticksInLease, 'start', () => this.#retireEarlier());
    const { nodeId } = this.machine;
    send(
      this,
      'earlier',
      () => database.earlier(nodeId, this.processId),
      (earlier) => {
        const retire = () => {
          for (const incarnation of earlier) database.leave(incarnation);
        };
        if (earlier.length === 0) this.#tick();
        else send(this, 'retire', retire, () => this.#tick(), again);
      },
      again,
    );
  }

  #tick(): void {
    this.after(this.world.mix.leaseMs / ticksInLease, 'tick', () => this.#tick());
    this.take({ on: 'tick' });
    this.#ticks += 1;
    if (this.#ticks % suspectTicks === 0) this.#expelSilent();
  }

  /** Nodes that died without a word. */
  #expelSilent(): void {
    const { database, mix } = this.world;
    const rows = this.#suspects;
    const monotonic = () => this.machine.instant().monotonic;
    const haveEnded = haveAllEnded(this.#suspectedAt, monotonic(), mix.leaseMs);
    const nothing = () => undefined;
    const look = () =>
      send(
        this,
        'list',
        () => database.listNodes(),
        (now) => {
          const isKnown = now.some((row) => rows.some(({ incarnation }) => incarnation === row.incarnation));
          if (!haveEnded && isKnown) return;
          this.#suspects = now.filter(({ renewedMsAgo }) => renewedMsAgo > mix.leaseMs);
          this.#suspectedAt = monotonic();
        },
        nothing,
      );
    if (rows.length === 0 || !haveEnded) look();
    else send(this, 'expel', () => database.expel(rows), look, nothing);
  }

  /** @param ms by the clock of the machine */
  after(ms: number, what: string, run: () => void): void {
    this.world.after(this.machine.trueMs(ms), what, this, run);
  }

  die(): void {
    this.isAlive = false;
    this.missed = [];
    this.#inFlightRequests = [];
  }

  /** Everything that came meanwhile happens now, in any order. */
  resume(): void {
    this.isPaused = false;
    this.resumedAt = this.world.now;
    const { missed } = this;
    this.missed = [];
    this.world.random.shuffle(missed);
    for (const happening of missed) this.world.happen(happening);
  }

  take(event: NodeEvent): void {
    const { world, state } = this;
    const effects = step(state, event, this.machine.instant());
    if (world.trace && (event.on !== 'tick' || effects.length > 0)) {
      const { applied, acked, fenced, incarnation } = state;
      const how = `applied ${applied?.seq}, acked ${acked}, ${fenced ? 'fenced' : 'serving'} as ${incarnation}`;
      const effect = effects.map((each) => each.do).join(', ');
      world.note(this.machine, `${event.on}${effect && ` -> ${effect}`} (${how})`);
    }
    for (const effect of effects) this.#carryOut(effect);
    this.#followers.wake(enforcedUpTo(this.state));
    if (event.on === 'read') world.onRead?.(this);
  }

  #carryOut(effect: NodeEffect): void {
    const { database, random, mix } = this.world;
    switch (effect.do) {
      case 'evict':
        for (const change of effect.changes) this.evict(change);
        return;
      case 'forget':
        this.#memory.clear();
        makeStale(this.#fills, undefined);
        return;
      case 'end':
        this.world.after(random.between(0, mix.cutMs), 'end', this, () => {
          for (const flight of this.#inFlightRequests) flight.isCut = true;
          this.#inFlightRequests = [];
          this.take({ on: 'ended' });
        });
        return;
      case 'enforce': {
        const { epoch, upTo, changes } = effect;
        this.enforce(changes, (ended) => {
          this.#mustSettle ||= ended;
          this.take({ on: 'enforced', epoch, upTo });
        });
        return;
      }
      case 'register':
        this.#ask(
          effect,
          () => database.register(this.machine.nodeId, this.processId, effect.replaces),
          (incarnation, epoch) => ({ on: 'registered', epoch, incarnation }),
        );
        return;
      case 'extend':
        this.#ask(
          effect,
          () => {
            this.world.onExtend?.(this);
            return database.extend(effect.incarnation, this.processId);
          },
          (known, epoch) => ({ on: 'extended', epoch, known }),
        );
        return;
      case 'read':
        this.#ask(
          effect,
          () => database.readLog(effect.from),
          (log, epoch) => ({ on: 'read', epoch, log }),
        );
        return;
      case 'acknowledge':
        this.#settle(() =>
          this.#ask(
            effect,
            () => database.acknowledge(effect.incarnation, effect.seq, this.processId),
            (known, epoch) => ({ on: 'acknowledged', epoch, known }),
          ),
        );
        return;
      case 'reassert':
        this.#ask(
          effect,
          () => database.reassert(effect.deletions, effect.seq),
          (head, epoch) => ({ on: 'reasserted', epoch, head }),
        );
    }
  }

  /** What ended requests have used is written, which may take a while. */
  #settle(done: () => void): void {
    if (!this.#mustSettle) {
      done();
      return;
    }
    this.#mustSettle = false;
    this.world.after(this.world.random.between(0, this.world.mix.cutMs), 'settle', this, done);
  }

  #ask<Answer>(
    { do: what, epoch }: { do: 'register' | 'extend' | 'read' | 'acknowledge' | 'reassert'; epoch: number },
    execute: () => Answer,
    event: (answer: Answer, epoch: number) => NodeEvent,
  ): void {
    send(
      this,
      what,
      execute,
      (answer) => this.take(event(answer, epoch)),
      () => this.take({ on: 'failed', epoch, what }),
    );
  }

  /** Memory forgets what a change may have made untrue. */
  evict(change: LoggedChange): void {
    if (change.kind === 'key') {
      this.#memory.delete(change.keyId);
      makeStale(this.#fills, String(change.keyId));
    } else if (change.kind === 'account') {
      this.world.database.accountOf.forEach((account, key) => {
        if (account === change.accountId) this.#memory.delete(key);
      });
      makeStale(this.#fills, undefined);
    }
  }

  /**
   * Ends the running requests that would not be admitted any more; when that cannot be known, all of them.
   * @param done is told whether there were any that may have been ended
   */
  enforce(changes: readonly LoggedChange[], done: (ended: boolean) => void): void {
    const { database, random, mix } = this.world;
    const inFlightRequests = this.#inFlightRequests.filter(({ key }) =>
      changes.some((change) => this.#isAbout(change, key)),
    );
    const cut = (which: readonly InFlightRequest[]) => {
      if (which.length === 0) {
        done(true);
        return;
      }
      this.world.after(random.between(0, mix.cutMs), 'cut', this, () => {
        for (const flight of which) flight.isCut = true;
        this.#inFlightRequests = this.#inFlightRequests.filter(({ isCut }) => !isCut);
        done(true);
      });
    };
    if (inFlightRequests.length === 0) this.world.after(0, 'enforced', this, () => done(false));
    else {
      send(
        this,
        'judge',
        () => inFlightRequests.filter(({ key, model }) => !database.permits(key, model)),
        cut,
        () => cut(inFlightRequests),
      );
    }
  }

  #isAbout(change: LoggedChange, key: number): boolean {
    if (change.kind === 'key') return change.keyId === key;
    return change.kind === 'account' && this.world.database.accountOf[key] === change.accountId;
  }

  /** Asked whenever a request is about to be admitted or to go on. */
  mayServe(): boolean {
    if (mayServe(this.state, this.machine.instant())) return true;
    if (!this.state.fenced) this.take({ on: 'tick' });
    return false;
  }

  /** A client's request comes in. */
  arrive(request: Request): void {
    const { key } = request;
    if (!this.mayServe()) {
      this.world.figures.unserved += 1;
      request.done?.(undefined);
      return;
    }
    const known = this.#memory.get(key);
    if (known !== undefined) {
      this.#decide(request, known);
      return;
    }
    const running = this.#readings.get(key);
    if (running && !running.fill.stale) running.requests.push(request);
    else this.#read(key, request);
  }

  #read(key: number, request: Request): void {
    const reading = { fill: beginFill(this.#fills, String(key)), requests: [request] };
    this.#readings.set(key, reading);
    const end = () => {
      if (this.#readings.get(key) === reading) this.#readings.delete(key);
      return endFill(this.#fills, reading.fill);
    };
    send(
      this,
      'fill',
      () => this.world.database.read(key),
      (bits) => {
        if (end()) this.#memory.set(key, bits);
        for (const each of reading.requests) this.arrive(each);
      },
      () => {
        end();
        for (const each of reading.requests) each.done?.(undefined);
      },
    );
  }

  #decide(request: Request, bits: number): void {
    const { world } = this;
    const { key, model, invokedAt, done } = request;
    const isPermitted = (bits & (1 << model)) !== 0;
    if (world.trace) {
      world.note(this.machine, `${isPermitted ? 'admits' : 'refuses'} key ${key} for model ${model}`);
    }
    if (isPermitted) {
      world.checker.admitted(this, key * modelCount + model, invokedAt);
      if (world.random.chance(0.3)) this.#fly(key, model);
    }
    done?.(isPermitted ? 'admitted' : 'refused');
  }

  #fly(key: number, model: number): void {
    const flight: InFlightRequest = { key, model, isCut: false };
    this.#inFlightRequests.push(flight);
    this.#plan(flight, 1 + this.world.random.below(this.world.mix.bytesMax));
  }

  #plan(flight: InFlightRequest, bytes: number): void {
    const { world } = this;
    world.after(world.random.between(1, world.mix.leaseMs / 4), 'byte', this, () => {
      if (!this.#emit(flight)) return;
      if (bytes > 1) this.#plan(flight, bytes - 1);
      else this.#inFlightRequests = this.#inFlightRequests.filter((other) => other !== flight);
    });
  }

  /** @returns whether the client got something, so that the request goes on */
  #emit({ key, model, isCut }: InFlightRequest): boolean {
    if (isCut || !this.mayServe()) return false;
    this.world.checker.emitted(this, key * modelCount + model);
    return true;
  }

  /** Every running request has something for its client right now. */
  emitAll(): void {
    for (const flight of [...this.#inFlightRequests]) this.#emit(flight);
  }

  /** Calls `done` when the log has been followed so far, or a lease has passed. */
  follow(seq: number, done: (followed: boolean) => void): void {
    const follower = this.#followers.add(seq, enforcedUpTo(this.state), done);
    if (follower) this.after(this.world.mix.leaseMs, 'follow', () => this.#followers.giveUp(follower));
  }
}
