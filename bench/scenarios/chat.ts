/** Measures CPU time per chat request relative to the bare relay: plain, streamed at once, and streamed at a pace. */
import type { AnswerKind } from '../answers.ts';
import { type Bench, chatOrder, type Scenario } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import { alternate, costOf } from '../measure.ts';

interface Case {
  readonly name: string;
  readonly kind: AnswerKind;
  readonly connections: number;
  readonly bound: number;
}

/** Both run until the engine has compiled the hot code, so that the figures are those of a long run. */
async function relayed(bench: Bench, { name, kind, connections, bound }: Case): Promise<Figure[]> {
  const subject = await bench.startSubject();
  const bare = await bench.startBare();
  const ms = bench.quick ? 1000 : 1500;
  const cost = (relay: typeof bare) => () =>
    costOf(bench.load, relay.child, chatOrder(relay, kind, connections, ms));
  for (const relay of [subject, bare]) {
    await bench.load.run(chatOrder(relay, kind, connections, bench.quick ? 3000 : 6000));
  }
  const pairs = await alternate(bench.quick ? 5 : 13, cost(subject), cost(bare));
  await Promise.all([subject.child.stop(), bare.child.stop()]);
  const us = (side: 'a' | 'b') => median(pairs.map((pair) => pair[side].us)).toFixed(0);
  return [
    {
      name,
      ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
      unit: 'x',
      bound,
      detail: `CPU per request ${us('a')} us, bare relay ${us('b')} us`,
    },
  ];
}

const scenario = (name: string, relay: Case): Scenario => ({
  name,
  anyRelay: true,
  run: (bench) => relayed(bench, relay),
});

export const chatScenarios: readonly Scenario[] = [
  scenario('json', { name: 'chat, not streamed', kind: 'bench-json', connections: 32, bound: 1.5 }),
  scenario('burst', {
    name: 'chat, 20 chunks sent together',
    kind: 'bench-burst',
    connections: 32,
    bound: 1.5,
  }),
  scenario('paced', {
    name: 'chat, 20 chunks 10 ms apart',
    kind: 'bench-paced',
    connections: 200,
    bound: 1.2,
  }),
];
