/** Measures CPU time per chat request with OpenTelemetry, relative to the same request without it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnswerKind } from '../answers.ts';
import { type Bench, chatOrder, type Scenario, type Subject } from '../bench.ts';
import { compareCosts, type Side } from '../compare.ts';
import type { Figure } from '../figures.ts';

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
  const { startSubject, startBefore } = bench;
  const [traced, plain] = [await startSubject(on), await startSubject()];
  const before = startBefore && { traced: await startBefore(on), plain: await startBefore() };
  const sideOf = (subject: Subject): Side => ({
    child: subject.child,
    order: (ms) => chatOrder(subject, kind, connections, ms),
  });
  const figure = await compareCosts(bench, {
    name,
    bound,
    side: sideOf(traced),
    other: sideOf(plain),
    otherName: 'without',
    before: before && { side: sideOf(before.traced), other: sideOf(before.plain) },
  });
  await Promise.all([traced, plain, before?.traced, before?.plain].map((subject) => subject?.child.stop()));
  collector.close();
  return [figure];
}

const scenario = (name: string, given: Case): Scenario => ({
  name,
  anyRelay: false,
  againstRevision: true,
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
