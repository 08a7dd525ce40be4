/** Runs features of the matrix on a mutant, and says in which directions they reveal it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { mutate } from '../../support/mutants.ts';
import { type Direction, directions, isTranslated } from '../matrix/directions.ts';
import { type Feature, runFeature } from '../matrix/feature.ts';
import { features } from '../matrix/features.ts';
import { startWorld, type World } from '../matrix/world.ts';
import type { Mutant } from './mutants.ts';

export interface Trial {
  readonly feature: string;
  readonly direction: Direction;
  readonly isKilled: boolean;
}

/** How long a client may wait that nobody ends, in milliseconds. */
const patience = 10_000;

/** Whether a mutant of translation should show in this direction. */
export function concerns(
  { unsaidBy, exists, translates = isTranslated }: Feature,
  direction: Direction,
): boolean {
  if (unsaidBy?.includes(direction.client)) return false;
  return exists?.(direction) !== false && translates(direction);
}

async function isKilled(world: World, feature: Feature, direction: Direction): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(true), patience);
  const run = runFeature(world, feature, direction).then(
    () => false,
    () => true,
  );
  return Promise.race([run, late.promise]).finally(() => clearTimeout(timer));
}

/** A mutant in which nothing works would be revealed by everything. @throws Error for such a one */
async function checkIsAlive(world: World, { name, features: names }: Mutant): Promise<void> {
  const other = features.find(
    (each) => ['length', 'image'].includes(each.name) && !names.includes(each.name),
  );
  const [direction] = directions.filter(isTranslated);
  if (!other || !direction || (await isKilled(world, other, direction))) {
    throw new Error(`nothing works in the mutant: ${name}`);
  }
}

/**
 * @returns a trial of each of its features in each direction that they concern
 * @throws Error for a mutant in which nothing works
 */
export async function trialsOf(mutant: Mutant): Promise<readonly Trial[]> {
  const { edits, features: names } = mutant;
  const dir = mutate(['src'], edits);
  const world = await startWorld({ entry: join(dir, 'src/cli/halley.ts') });
  try {
    await checkIsAlive(world, mutant);
    const concerned = features
      .filter(({ name }) => names.includes(name))
      .flatMap((feature) =>
        directions.filter((each) => concerns(feature, each)).map((direction) => ({ feature, direction })),
      );
    return await Promise.all(
      concerned.map(async ({ feature, direction }) => ({
        feature: feature.name,
        direction,
        isKilled: await isKilled(world, feature, direction),
      })),
    );
  } finally {
    await world.kill();
    rmSync(dir, { recursive: true });
  }
}
