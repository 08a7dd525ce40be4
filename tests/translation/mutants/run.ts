/**
 * `npm run test:translation-mutants`: makes each fault of translation and runs the features that must reveal it. Prints
 * how many faults each feature reveals in each direction; the exit code says whether each reveals one at least.
 */
import { directions } from '../matrix/directions.ts';
import { features } from '../matrix/features.ts';
import { table } from '../matrix/table.ts';
import { concerns, trialsOf } from './kill.ts';
import { mutants } from './mutants.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);

const killed = new Map(features.map(({ name }) => [name, directions.map(() => 0)]));
for (const mutant of mutants) {
  const trials = await trialsOf(mutant);
  for (const { feature, direction, isKilled } of trials) {
    const row = killed.get(feature) ?? [];
    const at = directions.indexOf(direction);
    row[at] = (row[at] ?? 0) + Number(isKilled);
  }
  say(`${mutant.name}: revealed in ${trials.filter(({ isKilled }) => isKilled).length} of ${trials.length}`);
}

const isMissing = features.some((feature) =>
  directions.some((direction, at) => concerns(feature, direction) && killed.get(feature.name)?.[at] === 0),
);
const cells = features.map((feature) => {
  const row = killed.get(feature.name) ?? [];
  return [feature.name, row.map((count, at) => shown(count, feature, at))] as const;
});
say(table(new Map(cells), '- translation has no part in it; 0: no fault was revealed'));
process.exitCode = isMissing ? 1 : 0;

function shown(count: number, feature: (typeof features)[number], at: number): string {
  const direction = directions[at];
  return direction && concerns(feature, direction) ? String(count) : '-';
}
