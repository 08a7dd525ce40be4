/** Measures CPU time per chat request relative to the bare relay: plain, streamed at once, and streamed at a pace. */
import type { AnswerKind } from '../answers.ts';
import { type Bench, chatOrder, type Scenario, type Subject } from '../bench.ts';
import { compareCosts, type Side } from '../compare.ts';
import type { Figure } from '../figures.ts';

interface Case {
  readonly name: string;
  readonly kind: AnswerKind;
  readonly connections: number;
  readonly bound: number;
}

async function relayed(bench: Bench, { name, kind, connections, bound }: Case): Promise<Figure[]> {
  const subject = await bench.startSubject();
  const before = await bench.startBefore?.();
  const bare = await bench.startBare();
  const sideOf = (relay: Subject): Side => ({
    child: relay.child,
    order: (ms) => chatOrder(relay, kind, connections, ms),
  });
  const other = sideOf(bare);
  const figure = await compareCosts(bench, {
    name,
    bound,
    side: sideOf(subject),
    other,
    otherName: 'bare relay',
    before: before && { side: sideOf(before), other },
  });
  await Promise.all([subject, before, bare].map((relay) => relay?.child.stop()));
  return [figure];
}

const scenario = (name: string, relay: Case): Scenario => ({
  name,
  anyRelay: true,
  againstRevision: true,
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
