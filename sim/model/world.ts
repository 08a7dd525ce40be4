/** The state of the modelled world: one database, some nodes, the makers of changes, and the remaining faults. */
import type { Fill } from '../../src/access/fills.ts';
import type { Barrier } from '../../src/revocation/barrier-core.ts';
import { type NodeState, newNode } from '../../src/revocation/node-core.ts';
import type { LogMark, LogRead } from '../../src/store/coordination.ts';
import type { Database, Row, What } from './database.ts';
import { copyDatabase, newDatabase } from './database.ts';

export interface Clocks {
  monotonic: number;
  wall: number;
}

/** A pending statement. It may still be executed after its sender gave up. */
export type Asked = {
  /** The process that sent it. */
  readonly process: number;
  readonly epoch: number;
  isGivenUp: boolean;
} & (
  | {
      readonly what: 'register';
      readonly process: number;
      readonly replaces: number | undefined;
      answer?: number;
    }
  | { readonly what: 'extend'; readonly incarnation: number; answer?: boolean }
  | { readonly what: 'read'; readonly from: number | undefined; answer?: LogRead }
  | { readonly what: 'acknowledge'; readonly incarnation: number; readonly seq: number; answer?: boolean }
  | { readonly what: 'reassert'; readonly lost: NonNullable<NodeState['lost']>; answer?: LogMark }
  | {
      readonly what: 'retire';
      readonly process: number;
      readonly incarnations: readonly number[];
      answer?: true;
    }
);

/** A pending authorization of the in-flight requests of the watched key, after a read of the log. */
export interface Enforcing {
  readonly epoch: number;
  readonly upTo: number;
  /** Whether an earlier request is in flight. */
  isAbout: boolean;
  /** Whether the key may be used, as read since. */
  found: boolean | undefined;
}

export interface Filling {
  readonly fill: Fill;
  /** The result of the database. */
  found: boolean | undefined;
}

export interface Node {
  /** `starting`: the process first ends the registrations of dead processes. */
  life: 'up' | 'down' | 'starting';
  process: number;
  state: NodeState;
  readonly clocks: Clocks;
  /** Whether the watched key may be used; undefined when it is not cached. */
  memory: boolean | undefined;
  fills: Filling[];
  /** Whether a request with the watched key is in flight. */
  isRunning: boolean;
  enforcing: Enforcing[];
  /** Whether all in-flight requests are being aborted. */
  isEnding: boolean;
  asked: Asked[];
}

/** A change that an administrator requests. */
export interface Wish {
  /** `repeat`: the deletion is requested again. */
  readonly what: What | 'repeat';
  /** Index of the node that makes the change; undefined for one that serves no model requests. */
  readonly by: number | undefined;
}

export interface Change {
  stage: 'to come' | 'committed' | 'learned' | 'answered' | 'broken off';
  seq: number;
  barrier: Barrier | undefined;
  /** The first look for members: not begun, pending, or its result. */
  look: 'to come' | readonly Row[] | 'done';
  /** On the node that makes the change: the in-flight requests that are being authorized again. */
  own: Enforcing | undefined;
  /** Unresponsive nodes are still to be expelled. */
  isExpelling: boolean;
  isConfirming: boolean;
}

export interface Budget {
  /** Statements without a response. */
  failures: number;
  crashes: number;
  /** Deaths of makers without model requests, after an incomplete change. */
  deaths: number;
  /** Steps of time during which a machine is suspended. */
  suspends: number;
  /** Changes of a machine's wall clock. */
  wallSteps: number;
  /** Requests that are long enough to be in flight when something happens. */
  running: number;
  fills: number;
  /** Notifications without a new entry. */
  hints: number;
  failovers: number;
}

export interface Configuration {
  readonly name: string;
  readonly nodes: number;
  readonly leaseMs: number;
  /** The length of one step by the clock of each node, and by that of the maker without model requests. */
  readonly steps: readonly number[];
  readonly wishes: readonly Wish[];
  /** Whether to merge steps if nothing between them makes more possible: see docs/explanation/revocation-model.md. */
  readonly isCoarse: boolean;
  /** Whether a change may begin before the previous one was confirmed. */
  readonly isOverlapping: boolean;
  readonly budget: Partial<Budget>;
  /** Whether all nodes have joined at the start. */
  readonly isJoined: boolean;
  /** Whether to check recovery from every state. */
  readonly isSettling: boolean;
  /** Whether it is short enough for the test suite. */
  readonly isInSuite: boolean;
  /** Exploration stops after this many states. */
  readonly statesMax: number;
}

export interface World {
  readonly configuration: Configuration;
  db: Database;
  /** The state of a standby that is behind; undefined when there is none. */
  standby: Database | undefined;
  /** Commits were lost. The promises are suspended; only the remaining ones are checked. */
  hasLost: boolean;
  readonly nodes: Node[];
  readonly clocks: Clocks;
  readonly changes: Change[];
  readonly budget: Budget;
  processes: number;
  /** A violation that a move itself detected. */
  broken: string | undefined;
}

export function newWorld(configuration: Configuration): World {
  const nodes = Array.from(
    { length: configuration.nodes },
    (_, process): Node => ({
      life: 'up',
      process,
      state: newNode(configuration.leaseMs),
      clocks: { monotonic: 0, wall: 0 },
      memory: undefined,
      fills: [],
      isRunning: false,
      enforcing: [],
      isEnding: false,
      asked: [],
    }),
  );
  const noFaults = {
    failures: 0,
    crashes: 0,
    deaths: 0,
    suspends: 0,
    wallSteps: 0,
    running: 0,
    hints: 0,
    failovers: 0,
  };
  return {
    configuration,
    db: newDatabase(),
    standby: undefined,
    hasLost: false,
    nodes,
    clocks: { monotonic: 0, wall: 0 },
    changes: configuration.wishes.map(() => ({
      stage: 'to come',
      seq: 0,
      barrier: undefined,
      look: 'to come',
      own: undefined,
      isExpelling: false,
      isConfirming: false,
    })),
    budget: { ...noFaults, fills: 1, ...configuration.budget },
    processes: nodes.length,
    broken: undefined,
  };
}

export function copyWorld(world: World): World {
  return {
    ...world,
    db: copyDatabase(world.db),
    nodes: world.nodes.map(copyNode),
    clocks: { ...world.clocks },
    changes: world.changes.map(copyChange),
    budget: { ...world.budget },
  };
}

function copyNode(node: Node): Node {
  const { state } = node;
  return {
    ...node,
    state: { ...state, enforcing: [...state.enforcing], renewals: [...state.renewals] },
    clocks: { ...node.clocks },
    fills: node.fills.map(({ fill, found }) => ({ fill: { ...fill }, found })),
    enforcing: node.enforcing.map((each) => ({ ...each })),
    asked: node.asked.map((each) => ({ ...each })),
  };
}

function copyChange(change: Change): Change {
  const { barrier, own } = change;
  return {
    ...change,
    barrier: barrier && { ...barrier, acknowledged: [...barrier.acknowledged] },
    own: own && { ...own },
  };
}
