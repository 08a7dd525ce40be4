/** Measures CPU time per chat request to an Anthropic upstream, relative to the same request to an OpenAI upstream. */
import type { AnswerKind, TranslatedKind } from '../answers.ts';
import { type Bench, chatOrder, chatRequest, type Scenario, type Subject } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import type { LoadOrder } from '../load-order.ts';
import { alternate, costOf } from '../measure.ts';

const connections = 32;

interface Case {
  readonly name: string;
  readonly translated: TranslatedKind;
  readonly own: AnswerKind;
  /** What shows that a translated response is complete. */
  readonly holds: string;
  readonly bound: number;
}

function translatedOrder(subject: Subject, { translated, holds }: Case, ms: number): LoadOrder {
  const request = chatRequest(translated, subject.key);
  return { port: subject.port, connections, request, status: 200, holds, mode: { kind: 'closed', ms } };
}

async function translation(bench: Bench, given: Case): Promise<Figure[]> {
  const subject = await bench.startSubject();
  const ms = bench.quick ? 1000 : 1500;
  const warmUpMs = bench.quick ? 3000 : 6000;
  await bench.load.run(translatedOrder(subject, given, warmUpMs));
  await bench.load.run(chatOrder(subject, given.own, connections, warmUpMs));
  const pairs = await alternate(
    bench.quick ? 5 : 13,
    () => costOf(bench.load, subject.child, translatedOrder(subject, given, ms)),
    () => costOf(bench.load, subject.child, chatOrder(subject, given.own, connections, ms)),
  );
  await subject.child.stop();
  const us = (side: 'a' | 'b') => median(pairs.map((pair) => pair[side].us)).toFixed(0);
  return [
    {
      name: given.name,
      ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
      unit: 'x',
      bound: given.bound,
      detail: `CPU per request ${us('a')} us, untranslated ${us('b')} us`,
    },
  ];
}

const scenario = (name: string, given: Case): Scenario => ({
  name,
  anyRelay: false,
  run: (bench) => translation(bench, given),
});

export const translatedScenarios: readonly Scenario[] = [
  scenario('translated-json', {
    name: 'chat over an Anthropic upstream, not streamed',
    translated: 'bench-translated-json',
    own: 'bench-json',
    holds: 'bright tail near the Sun',
    bound: 1.5,
  }),
  scenario('translated-burst', {
    name: 'chat over an Anthropic upstream, 20 chunks sent together',
    translated: 'bench-translated-burst',
    own: 'bench-burst',
    holds: '[DONE]',
    bound: 2,
  }),
];
