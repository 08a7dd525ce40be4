/** Measures CPU time per chat request to an Anthropic upstream, relative to the same request to an OpenAI upstream. */
import type { AnswerKind, TranslatedKind } from '../answers.ts';
import { type Bench, chatOrder, chatRequest, type Scenario, type Subject } from '../bench.ts';
import { compareCosts, type Side } from '../compare.ts';
import type { Figure } from '../figures.ts';
import type { LoadOrder } from '../load-order.ts';

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
  const before = await bench.startBefore?.();
  const sidesOf = (relay: Subject): { side: Side; other: Side } => ({
    side: { child: relay.child, order: (ms) => translatedOrder(relay, given, ms) },
    other: { child: relay.child, order: (ms) => chatOrder(relay, given.own, connections, ms) },
  });
  const { name, bound } = given;
  const figure = await compareCosts(bench, {
    name,
    bound,
    ...sidesOf(subject),
    otherName: 'untranslated',
    before: before && sidesOf(before),
  });
  await Promise.all([subject, before].map((relay) => relay?.child.stop()));
  return [figure];
}

const scenario = (name: string, given: Case): Scenario => ({
  name,
  anyRelay: false,
  againstRevision: true,
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
