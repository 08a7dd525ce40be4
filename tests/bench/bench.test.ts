import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { figureTable } from '../../bench/figures.ts';
import { interleave, relative } from '../../bench/measure.ts';
import { Profiles } from '../../bench/profiles.ts';
import { familyOf, threadTimes } from '../../bench/threads.ts';
import { nonEmpty } from '../support/non-empty.ts';

const directory = mkdtempSync(join(tmpdir(), 'halley-bench-test-'));
after(() => rmSync(directory, { recursive: true }));

test('every round measures every side once, and each side is at each place equally often', async () => {
  for (const sides of nonEmpty(['ab', 'abc', 'abcd'])) {
    const rounds = 2 * sides.length;
    let measured = '';
    const of = await interleave(rounds, sides, async (side) => {
      measured += side;
      return measured.length - 1;
    });
    const counted = measured.slice(sides.length);
    assert.equal(counted.length, rounds * sides.length);
    for (const side of nonEmpty([...sides])) {
      const places = of(side).map((position) => position % sides.length);
      assert.deepEqual(places.sort(), Array.from(sides, (_, place) => [place, place]).flat());
    }
  }
});

test('a figure is the median of the ratios of each round, for both revisions', () => {
  const measured = new Map([
    ['now', [20, 30, 90]],
    ['bare', [10, 10, 10]],
    ['before', [40, 20, 30]],
  ]);
  const quantities = (side: string) => measured.get(side) ?? [];
  const before = { now: 'before', base: 'bare' };
  const figure = relative(quantities, { now: 'now', base: 'bare', before });
  assert.deepEqual(figure, {
    value: 3,
    spread: [2, 9],
    against: { before: 3, ratio: 1.5, spread: [0.5, 3] },
  });
  assert.deepEqual(relative(quantities, { now: 'now', base: 'bare' }), { value: 3, spread: [2, 9] });
  const lines = figureTable([{ name: 'chat', ...figure, unit: 'x', bound: 4, detail: 'more' }]).split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(/ {2,}/)),
    [
      ['figure', 'now', 'rounds', 'before', 'now to before', 'rounds', 'at most', 'detail'],
      ['chat', '3.00 x', '2.00 to 9.00', '3.00 x', '1.50 x', '0.50 to 3.00', '4.00 x', 'pass', 'more'],
    ],
  );
});

test('a profile lists the self time of functions while requests were served, and nothing of the time between', () => {
  const tree = { root: '/tree', command: '', knows: () => true };
  const profiles = new Profiles(directory);
  profiles.begin('json');
  profiles.add({ side: 'now', tree, env: '', pid: 77, port: 8000 });
  const url = (path: string) => `${pathToFileURL(`/tree/${path}`)}`;
  const frames = [
    { functionName: 'price', url: url('src/a.ts'), lineNumber: 9 },
    { functionName: '', url: url('node_modules/undici/index.js'), lineNumber: 0 },
    { functionName: '(idle)', url: '', lineNumber: -1 },
  ];
  const file = join(profiles.directoryOf('now'), 'CPU.1.2.77.0.001.cpuprofile');
  const nodes = frames.map((callFrame, index) => ({ id: index + 1, callFrame }));
  // Sampled at 1000, 1100, 1200, 1300 and 1400; served from 1100 to 1400.
  const samples = [1, 1, 2, 3, 1];
  writeFileSync(
    file,
    JSON.stringify({ nodes, startTime: 1000, samples, timeDeltas: [0, 100, 100, 100, 100] }),
  );
  const text = profiles.summarize([{ port: 8000, from: 1100, to: 1400, requests: 10 }]);
  assert.match(text, /^now, main thread: 20\.0 us a request over 10 requests, 0\.0 s idle$/m);
  assert.match(text, /^10\.00 +50\.0 % +price {2}src\/a\.ts:10$/m);
  assert.match(text, /^10\.00 +50\.0 % +\(anonymous\) {2}undici\/index\.js:1$/m);
  assert.doesNotMatch(profiles.summarize([]), /now/);
});

test('the CPU time of a process is split by its threads, and includes the processes that it has started', async () => {
  const alone = threadTimes(process.pid);
  assert.ok(alone.main > 0);
  assert.ok(alone.engine > 0, 'the threads of V8 are found by their names');
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("ready"); setInterval(() => {}, 1000)']);
  try {
    await once(child.stdout, 'data');
    assert.deepEqual(familyOf(process.pid), [process.pid, child.pid]);
    assert.ok(threadTimes(process.pid).main - alone.main >= threadTimes(child.pid ?? 0).main);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
