/** Runs one schedule: a seed determines everything that happens in it. */
import { planAmbush } from './ambush.ts';
import { planClients } from './clients.ts';
import { modelCount } from './database.ts';
import { heal, planFaults } from './faults.ts';
import type { Figures } from './figures.ts';
import { planLoss } from './loss.ts';
import { Machine } from './machine.ts';
import { drawMix } from './mix.ts';
import { notify } from './network.ts';
import type { Process } from './process.ts';
import { Random } from './random.ts';
import type { Outcome } from './request.ts';
import { turn } from './turn.ts';
import { World } from './world.ts';

export interface Schedule {
  /** The broken promise; undefined when all were kept. */
  readonly violation: string | undefined;
  /** Equal for equal sequences of events. */
  readonly hash: number;
}

/** When to check after the repair whether all nodes agree, in leases. The last check must succeed. */
const looks = [0.6, 1.2, 2, 3];

/**
 * @param figures totals that this schedule adds to
 * @param trace receives a description of each event
 */
export async function runSchedule(seed: number, figures: Figures, trace?: string[]): Promise<Schedule> {
  const random = new Random(seed);
  const mix = drawMix(random);
  trace?.push(JSON.stringify(mix));
  const world = new World(random, mix, figures, trace);
  figures.schedules += 1;
  tellNodes(world);
  for (let index = 0; index < mix.machines; index += 1) {
    const machine = new Machine(world, index);
    world.machines.push(machine);
    world.after(random.between(0, 100), 'start', undefined, () => machine.start());
  }
  planFaults(world, planClients(world));
  if (mix.hasAmbush) planAmbush(world);
  if (mix.losesHistory) planLoss(world);
  world.queue.plan(mix.healsAt, 'heal', undefined, () => {
    heal(world);
    planLook(world, 0);
  });
  await world.run();
  await turn();
  return { violation: world.violation, hash: world.hash };
}

/** Delivers notifications of the database to the nodes. */
function tellNodes({ database, machines }: World): void {
  const each = (run: (process: Process) => void) => {
    for (const { process } of machines) if (process) run(process);
  };
  database.onLogged = () =>
    each((process) => notify(process, 'hint', () => process.coordination.listener?.onHint()));
  database.onAcknowledged = (incarnation, seq) =>
    each((process) => {
      if (process.operations === 0) return;
      notify(process, 'acknowledgement', () =>
        process.coordination.listener?.onAcknowledged(incarnation, seq),
      );
    });
}

/** Requests every right from every node. Ends the schedule when all responses match the database. */
function planLook(world: World, turn: number): void {
  const { mix, queue, now, database, machines } = world;
  const isLast = turn === looks.length - 1;
  const time = mix.healsAt + (looks[turn] ?? 0) * mix.leaseMs;
  queue.plan(Math.max(time, now), 'look', undefined, () => {
    const wrong: string[] = [];
    let missing = machines.length * mix.accountOf.length * modelCount;
    const ask = (process: Process, key: number, model: number) => {
      const done = (outcome: Outcome) => {
        missing -= 1;
        if (outcome === (database.permits(key, model) ? 'admitted' : 'refused')) return;
        wrong.push(
          `node ${process.machine.index}: key ${key} for model ${model}: ${outcome ?? 'not served'}`,
        );
      };
      process.arrive({ key, model, invokedAt: world.now, done });
    };
    for (const { process } of machines) {
      if (!process) continue;
      mix.accountOf.forEach((_, key) => {
        for (let model = 0; model < modelCount; model += 1) ask(process, key, model);
      });
    }
    world.after(50, 'judgement', undefined, () => {
      const unanswered = missing > 0 ? [`${missing} requests have no answer`] : [];
      const faults = [...wrong, ...unanswered, ...world.checker.stillLost()];
      if (faults.length === 0) world.isOver = true;
      else if (isLast) world.checker.fail(undefined, `long after the repair: ${faults.join('; ')}`);
      else planLook(world, turn + 1);
    });
  });
}
