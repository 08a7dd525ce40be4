/** Measures CPU time per chat request with OpenTelemetry, relative to the same request without it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnswerKind } from '../answers.ts';
import { type Bench, chatOrder, type Scenario } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import { alternate, costOf } from '../measure.ts';

const connections = 32;

interface Case {
  readonly name: string;
  readonly kind: AnswerKind;
  readonly env: Readonly<Record<string, string>>;
  readonly bound: number;
}

/** Takes whatever it is sent. */
async function startCollector() {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}

async function telemetry(bench: Bench, { name, kind, env, bound }: Case): Promise<Figure[]> {
  const collector = await startCollector();
  const on = { HALLEY_OTEL_ENABLED: 'true', HALLEY_OTEL_ENDPOINT: collector.origin, ...env };
  const traced = await bench.startSubject(on);
  const plain = await bench.startSubject();
  const ms = bench.quick ? 1000 : 1500;
  const cost = (subject: typeof plain) => () =>
    costOf(bench.load, subject.child, chatOrder(subject, kind, connections, ms));
  for (const subject of [traced, plain]) {
    await bench.load.run(chatOrder(subject, kind, connections, bench.quick ? 3000 : 6000));
  }
  const pairs = await alternate(bench.quick ? 5 : 13, cost(traced), cost(plain));
  await Promise.all([traced.child.stop(), plain.child.stop()]);
  collector.close();
  const us = (side: 'a' | 'b') => median(pairs.map((pair) => pair[side].us)).toFixed(0);
  return [
    {
      name,
      ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
      unit: 'x',
      bound,
      detail: `CPU per request ${us('a')} us, without ${us('b')} us`,
    },
  ];
}

const scenario = (name: string, given: Case): Scenario => ({
  name,
  anyRelay: false,
  run: (bench) => telemetry(bench, given),
});

export const telemetryScenarios: readonly Scenario[] = [
  scenario('telemetry-json', {
    name: 'chat with every request traced, not streamed',
    ...{ kind: 'bench-json', env: {}, bound: 1.4 },
  }),
  scenario('telemetry-sampled', {
    name: 'chat with one request in a hundred traced, not streamed',
    kind: 'bench-json',
    env: { HALLEY_OTEL_SAMPLER: 'traceidratio', HALLEY_OTEL_SAMPLER_ARG: '0.01' },
    bound: 1.15,
  }),
];
