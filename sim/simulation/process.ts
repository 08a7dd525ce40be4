/**
 * One simulated process: the product's cluster node, key cache, admission and revocation, with in-flight requests.
 */

import { Access, type Admission } from '../../src/access/access.ts';
import type { InFlightRequest } from '../../src/access/in-flight-requests.ts';
import { KeyValues } from '../../src/access/key-values.ts';
import { HalleyError } from '../../src/platform/errors.ts';
import { ClusterNode } from '../../src/revocation/cluster-node.ts';
import { NodeHandlers } from '../../src/revocation/node-handlers.ts';
import { PendingRevocations } from '../../src/revocation/pending-revocations.ts';
import { clockOf } from './clock.ts';
import { SimulatedCoordination } from './coordination.ts';
import { modelCount } from './database.ts';
import { keyOf, modelName, simulatedKeys } from './keys.ts';
import type { Machine } from './machine.ts';
import { send } from './network.ts';
import type { Happening } from './queue.ts';
import type { Request } from './request.ts';
import type { World } from './world.ts';

interface InFlight extends InFlightRequest {
  readonly model: number;
  isAborted: boolean;
}

const ticksInLease = 8;

/** Interval of the check for unresponsive nodes, in ticks. */
const suspectTicks = 3 * ticksInLease;

const nothing = async () => undefined;

/** Channels, prices and the tombstone log are not simulated. */
const noTask = { ask: () => undefined };

export class Process {
  readonly machine: Machine;
  readonly world: World;
  readonly processId: string;
  readonly coordination: SimulatedCoordination;
  readonly node: ClusterNode;
  readonly access: Access;
  readonly pending: PendingRevocations;
  isAlive = true;
  isPaused = false;
  /** When the process last continued after a pause. */
  resumedAt = 0;
  /** Events that arrived during a pause. */
  missed: Happening[] = [];
  /** Number of operations that it performs. */
  operations = 0;
  readonly #handlers: NodeHandlers;
  /** The connection of each key's requests. */
  readonly #connections = simulatedKeys.map(() => ({}));

  constructor(machine: Machine, processId: string) {
    const { world, nodeId } = machine;
    const { database, mix, random } = world;
    this.machine = machine;
    this.world = world;
    this.processId = processId;
    const clock = clockOf(this);
    this.coordination = new SimulatedCoordination(database, (what, execute) => send(this, what, execute));
    this.node = new ClusterNode({
      coordination: this.coordination,
      clock,
      identity: { nodeId, processId, name: nodeId, version: '' },
      leaseMs: mix.leaseMs,
      // As if the process had been running for long.
      ticks: random.below(suspectTicks),
      events: {
        onPassed: ({ unresponsive }) => this.#note(() => `a change holds everywhere, ${unresponsive} silent`),
        onEnding: () => this.#note(() => 'its lease is about to lapse'),
        onFenced: () => this.#note(() => 'its lease has lapsed'),
        onServing: () => this.#note(() => `serves as ${this.node.state.incarnation}`),
        onFailure: (what) => this.#note(() => `fails: ${what}`),
      },
    });
    this.access = new Access({
      values: new KeyValues({ importedDigests: async () => [] }),
      store: {
        findKeyByDigest: (digest) => send(this, 'fill', () => database.findKey(keyOf(digest))),
        findKeyById: (id) => send(this, 'authorize', () => database.findKey(id)),
      },
      clock,
      lease: this.node,
      mode: 'leased',
      inFlight: 'abort',
      recordsMax: simulatedKeys.length,
      unknownMax: simulatedKeys.length,
      selectableGroups: [],
      onUnknownKey: () => undefined,
    });
    const ledger = { flush: () => this.#flush() };
    this.#handlers = new NodeHandlers({
      access: this.access,
      ledger,
      channels: noTask,
      prices: noTask,
      restores: noTask,
      protection: { noteChange: () => undefined },
    });
    this.pending = new PendingRevocations({
      access: this.access,
      ledger,
      recorder: { record: nothing },
      // Receipts record what happened, and decide nothing.
      receipts: { begin: () => undefined, giveUp: () => undefined, complete: nothing },
      node: this.node,
      metrics: { revocationDone: () => undefined },
      clock,
    });
  }

  #note(text: () => string): void {
    if (this.world.trace) this.world.note(this.machine, text());
  }

  start(): void {
    this.#note(() => `${this.processId} starts`);
    void this.#join();
  }

  /** A process that cannot join ends and is restarted. */
  async #join(): Promise<void> {
    try {
      await this.node.start(this.#handlers);
    } catch {
      await this.#wait(this.world.mix.leaseMs / ticksInLease, 'start');
      await this.#join();
    }
  }

  #wait(ms: number, what: string): Promise<void> {
    return new Promise((resolve) => void this.world.after(ms, what, this, resolve));
  }

  /** Writing records may take a while. */
  #flush(): Promise<void> {
    const { random, mix } = this.world;
    return this.#wait(random.between(0, mix.abortMs), 'flush');
  }

  die(): void {
    this.isAlive = false;
    this.missed = [];
  }

  /** Handles the events of the pause, in any order. */
  resume(): void {
    this.isPaused = false;
    this.resumedAt = this.world.now;
    const { missed } = this;
    this.missed = [];
    this.world.random.shuffle(missed);
    for (const happening of missed) this.world.queue.planAgain(happening, this.world.now);
  }

  /** A client's request arrives. */
  arrive(request: Request): void {
    const { value } = simulatedKeys[request.key] ?? { value: '' };
    try {
      const found = this.access.find(value, this.#connections[request.key] ?? {}, '');
      if (found instanceof Promise) void this.#arriveLater(request, found);
      else this.#decide(request, found);
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  async #arriveLater(request: Request, finding: Promise<Admission>): Promise<void> {
    try {
      await this.access.whenCurrent(finding, (found) => this.#decide(request, found));
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #decide(request: Request, { record }: Admission): void {
    const { world } = this;
    const { key, model, invokedAt, done } = request;
    const context = { clientAddress: '', model: modelName(model) };
    this.access.check(record, context);
    this.#note(() => `admits key ${key} for model ${model}`);
    world.checker.admitted(this, key * modelCount + model, invokedAt);
    if (world.random.chance(0.3)) this.#fly({ keyId: key, accountId: record.accountId, model, context });
    done?.('admitted');
  }

  #refuse({ key, model, done }: Request, error: unknown): void {
    if (!(error instanceof HalleyError)) throw error;
    if (error.code === 'store_unavailable') {
      this.world.figures.unserved += 1;
      done?.(undefined);
      return;
    }
    this.#note(() => `refuses key ${key} for model ${model}`);
    done?.('refused');
  }

  #fly(request: Pick<InFlight, 'keyId' | 'accountId' | 'model' | 'context'>): void {
    const { random, mix } = this.world;
    const inFlight: InFlight = {
      ...request,
      isAborted: false,
      cover: nothing,
      abort: async () => {
        await this.#wait(random.between(0, mix.abortMs), 'abort');
        inFlight.isAborted = true;
        this.access.inFlightRequests.remove(inFlight);
      },
    };
    this.access.inFlightRequests.add(inFlight);
    this.#plan(inFlight, 1 + random.below(mix.bytesMax));
  }

  #plan(inFlight: InFlight, bytes: number): void {
    const { world } = this;
    world.after(world.random.between(1, world.mix.leaseMs / 4), 'byte', this, () => {
      if (!this.#emit(inFlight)) return;
      if (bytes > 1) this.#plan(inFlight, bytes - 1);
      else this.access.inFlightRequests.remove(inFlight);
    });
  }

  /** @returns whether the client received something, so that the request continues */
  #emit({ keyId, model, isAborted }: InFlight): boolean {
    if (isAborted || !this.access.mayContinue()) return false;
    this.world.checker.emitted(this, keyId * modelCount + model);
    return true;
  }

  /** Lets every in-flight request send output now. */
  emitAll(): void {
    for (const inFlight of this.access.inFlightRequests.all()) this.#emit(inFlight as InFlight);
  }
}
