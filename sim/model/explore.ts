/** Explores every reachable state breadth-first, so that counterexamples are shortest. */
import { encode } from './encode.ts';
import { type Move, movesOf } from './moves.ts';
import { dropUseless } from './node.ts';
import { isOver, violation } from './promises.ts';
import { comeToRest, whatDoesNotSettle } from './settle.ts';
import { Visited } from './visited.ts';
import { type Configuration, copyWorld, newWorld, type World } from './world.ts';

export interface Outcome {
  readonly states: number;
  readonly transitions: number;
  /** Number of moves to the farthest state. */
  readonly depth: number;
  /** Whether all states were explored. */
  readonly isWhole: boolean;
  readonly counterexample: { readonly moves: readonly string[]; readonly wrong: string } | undefined;
}

/** The move by which each state was first reached, as numbers. */
interface Origin {
  readonly from: number[];
  readonly move: number[];
}

export function explore(configuration: Configuration): Outcome {
  const visited = new Visited();
  const origin: Origin = { from: [-1], move: [-1] };
  const first = beginning(configuration);
  visited.add(encode(first));
  let layer: { readonly world: World; readonly id: number }[] = [{ world: first, id: 0 }];
  let transitions = 0;
  let depth = 0;
  while (layer.length > 0 && visited.size < configuration.statesMax) {
    const next: typeof layer = [];
    for (const { world, id } of layer) {
      for (const [which, move] of movesOf(world).entries()) {
        const after = copyWorld(world);
        move.make(after);
        dropUseless(after);
        transitions += 1;
        if (!visited.add(encode(after))) continue;
        const reached = origin.from.push(id) - 1;
        origin.move.push(which);
        const wrong = violation(after) ?? (configuration.isSettling ? whatDoesNotSettle(after) : undefined);
        if (wrong !== undefined) {
          const counterexample = { moves: replay(configuration, origin, reached), wrong };
          return { states: visited.size, transitions, depth: depth + 1, isWhole: false, counterexample };
        }
        if (!isOver(after)) next.push({ world: after, id: reached });
      }
    }
    layer = next;
    depth += 1;
  }
  return { states: visited.size, transitions, depth, isWhole: layer.length === 0, counterexample: undefined };
}

function beginning(configuration: Configuration): World {
  const world = newWorld(configuration);
  if (configuration.isJoined) comeToRest(world);
  return world;
}

function replay(configuration: Configuration, { from, move }: Origin, reached: number): string[] {
  const path: number[] = [];
  for (let index = reached; index > 0; index = from[index] ?? 0) path.unshift(move[index] ?? 0);
  const world = beginning(configuration);
  return path.flatMap((which) => {
    const chosen: Move | undefined = movesOf(world)[which];
    chosen?.make(world);
    dropUseless(world);
    return chosen ? [chosen.says] : [];
  });
}
