/** `npm run sim`: runs many schedules, each from its seed. The exit code says whether every promise was kept. */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { addFigures, type Figures, noFigures, summary } from './figures.ts';
import { runSchedule } from './schedule.ts';

const help = `Usage: npm run sim -- [options]

Runs nodes of a fleet, their database and their clients under simulated time and faults, and checks the promises.

  --schedules <n>  how many (default 20000)
  --from <n>       the seed of the first one (default 1)
  --workers <n>    processes to share them (default 1)
  --seed <n>       only this one, and everything that happens in it
  --help           this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** Number of events shown before a broken promise. */
const shownMax = 120;

interface Share {
  readonly figures: Figures;
  /** The first seed that broke a promise. */
  readonly failed: number | undefined;
}

async function runShare(from: number, schedules: number, stride: number): Promise<Share> {
  const figures = noFigures();
  for (let done = 0; done < schedules; done += 1) {
    const seed = from + done * stride;
    if ((await runSchedule(seed, figures)).violation !== undefined) return { figures, failed: seed };
  }
  return { figures, failed: undefined };
}

function forkShare(from: number, schedules: number, stride: number): Promise<Share> {
  const { promise, resolve, reject } = Promise.withResolvers<Share>();
  const child = fork(import.meta.filename, ['--share', JSON.stringify([from, schedules, stride])]);
  let share: Share | undefined;
  child.on('message', (message) => {
    share = message as Share;
  });
  child.on('error', reject);
  child.on('close', () => (share ? resolve(share) : reject(new Error('a worker ended without a result'))));
  return promise;
}

async function show(seed: number, linesMax: number): Promise<void> {
  const trace: string[] = [];
  const { violation } = await runSchedule(seed, noFigures(), trace);
  for (const line of trace.slice(0, 1)) say(line);
  for (const line of trace.slice(1).slice(-linesMax)) say(line);
  say(violation === undefined ? `seed ${seed}: every promise was kept` : `\nseed ${seed}: ${violation}`);
  if (violation === undefined) return;
  say(`to replay it: npm run sim -- --seed ${seed}`);
  process.exitCode = 1;
}

async function runAll(from: number, schedules: number, workers: number): Promise<void> {
  const startedAt = performance.now();
  const sizeOf = (worker: number) => Math.ceil((schedules - worker) / workers);
  const shares =
    workers === 1
      ? [await runShare(from, schedules, 1)]
      : await Promise.all(
          Array.from({ length: workers }, (_, worker) => forkShare(from + worker, sizeOf(worker), workers)),
        );
  const figures = noFigures();
  for (const share of shares) addFigures(figures, share.figures);
  const failed = shares.flatMap((share) => share.failed ?? []).sort((one, other) => one - other)[0];
  if (failed !== undefined) await show(failed, shownMax);
  say(`${summary(figures)}; ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    seed: { type: 'string' },
    share: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) say(help);
else if (values.share !== undefined) {
  const [from = 1, schedules = 0, stride = 1] = JSON.parse(values.share) as number[];
  process.send?.(await runShare(from, schedules, stride));
} else if (values.seed !== undefined) await show(Number(values.seed), Number.POSITIVE_INFINITY);
else await runAll(Number(values.from), Number(values.schedules), Number(values.workers));
