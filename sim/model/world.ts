/** The state of the modelled world: one database, some nodes, those who make changes, and the faults still to come. */
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

/** A statement under way. What is given up by its sender may still be executed. */
export type Asked = {
  /** Whose it is. */
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

/** Running requests of the watched key being judged again, because of a stretch of the log. */
export interface Enforcing {
  readonly epoch: number;
  readonly upTo: number;
  /** Whether there is one that began before. */
  isAbout: boolean;
  /** Whether the key may be used, as read since. */
  found: boolean | undefined;
}

export interface Filling {
  readonly fill: Fill;
  /** What the database said. */
  found: boolean | undefined;
}

export interface Node {
  /** `starting`: it ends the registrations of dead processes first. */
  life: 'up' | 'down' | 'starting';
  process: number;
  state: NodeState;
  readonly clocks: Clocks;
  /** Of the watched key: whether it may be used; undefined = not held. */
  memory: boolean | undefined;
  fills: Filling[];
  /** A request with the watched key runs. */
  isRunning: boolean;
  enforcing: Enforcing[];
  /** All running requests are being ended. */
  isEnding: boolean;
  asked: Asked[];
}

/** A change that somebody asks for. */
export interface Wish {
  /** `repeat`: the deletion is asked for again. */
  readonly what: What | 'repeat';
  /** Index of the node that makes it; undefined = one that serves no model requests. */
  readonly by: number | undefined;
}

export interface Change {
  stage: 'to come' | 'committed' | 'learned' | 'answered' | 'broken off';
  seq: number;
  barrier: Barrier | undefined;
  /** The first look at who is there: not begun, under way, or what it saw. */
  look: 'to come' | readonly Row[] | 'done';
  /** On the node that makes it: running requests being judged again. */
  own: Enforcing | undefined;
  /** Silent nodes are still to be expelled. */
  isExpelling: boolean;
  isConfirming: boolean;
}

export interface Budget {
  /** Statements whose answer does not come. */
  failures: number;
  crashes: number;
  /** Of those who serve nothing, with a change half made. */
  deaths: number;
  /** Steps of time that a machine is suspended for. */
  suspends: number;
  /** Times that the wall clock of a machine is set. */
  wallSteps: number;
  /** Requests that are long enough to be running when something happens. */
  running: number;
  fills: number;
  /** Hints that nothing is new for. */
  hints: number;
  failovers: number;
}

export interface Configuration {
  readonly name: string;
  readonly nodes: number;
  readonly leaseMs: number;
  /** What one step of time is by the clock of each node, and then by that of the one who serves nothing. */
  readonly steps: readonly number[];
  readonly wishes: readonly Wish[];
  /**
   * Whether steps are taken as one where nothing that could come between them makes more possible: see
   * docs/revocation-model.md.
   */
  readonly isCoarse: boolean;
  /** Whether a change may begin before the one before it was answered. */
  readonly isOverlapping: boolean;
  readonly budget: Partial<Budget>;
  /** Whether all nodes have joined to begin with. */
  readonly isJoined: boolean;
  /** Whether it is also checked that everything comes right from every state. */
  readonly isSettling: boolean;
  /** Whether it is short enough to be looked at each time that all tests are run. */
  readonly isInSuite: boolean;
  /** More states than this are not looked at. */
  readonly statesMax: number;
}

export interface World {
  readonly configuration: Configuration;
  db: Database;
  /** What a standby has; undefined = it is not behind. */
  standby: Database | undefined;
  /** Commits were lost: the promises are off, what is left of them is checked. */
  hasLost: boolean;
  readonly nodes: Node[];
  readonly clocks: Clocks;
  readonly changes: Change[];
  readonly budget: Budget;
  processes: number;
  /** What was found wrong by a move itself. */
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
