/** A collector that fails in any way neither fails nor slows requests, and is reported once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noCourse } from '../../src/domain/request-course.ts';
import { noUsage } from '../../src/domain/usage.ts';
import type { RequestSummary } from '../../src/observe/request-log.ts';
import { systemClock as clock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { chat } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import type { Gateway, TestKey } from '../support/gateway.ts';
import { type OtlpCollector, startOtlpCollector } from '../support/otlp-collector.ts';
import { until } from '../support/until.ts';
import { collectorKey, startTraced } from './gateway.ts';

let collector: OtlpCollector;
let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  [collector, upstream] = await Promise.all([startOtlpCollector(), startFakeUpstream()]);
  gateway = await startTraced(collector.origin, { HALLEY_OTEL_METRICS: 'false' });
  await gateway.createChannel(upstream.origin);
  key = await gateway.createKey();
});
after(() => Promise.all([collector.close(), upstream.close()]));

/** Sends a request, which must succeed. */
async function ask(): Promise<string> {
  const stream = chat(gateway.url, key.value);
  const { status, headers } = await stream.head();
  assert.equal(status, 200);
  assert.equal(await stream.end(), 'whole');
  return String(headers['x-request-id']);
}

const said = (message: string) => gateway.logLines().filter((line) => line.message === message);
const failing = () => said('the OpenTelemetry collector takes nothing');
const working = () => said('the OpenTelemetry collector takes data again');

async function lostSpans(): Promise<number> {
  const { text } = await gateway.call('GET', '/metrics');
  return Number(/^halley_otel_spans_total\{result="lost"\} (\d+)/m.exec(text)?.[1]);
}

/** Waits until so many more batches have arrived. */
async function arrived(count: number): Promise<void> {
  const end = collector.requests.length + count;
  while (collector.requests.length < end) {
    await ask();
    await until(() => collector.requests.length > end - count);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

test('a collector that refuses all is reported once, without what it says, and once when it works again', async () => {
  collector.answer((response) => {
    response.writeHead(400, `bad ${collectorKey}`).end(`your key is ${collectorKey}`);
  });
  await arrived(3);
  await until(() => failing().length > 0);
  assert.deepEqual(
    failing().map(({ what, reason }) => ({ what, reason })),
    [{ what: 'traces', reason: 'status 400' }],
  );
  collector.answer(undefined);
  await collector.trace(await ask(), 1);
  await until(() => working().length > 0);
  assert.equal(failing().length, 1);
  assert.ok((await lostSpans()) > 0);
});

test('a collector that never answers holds up no request, and not the end of the gateway', async () => {
  const held = collector.requests.length;
  collector.answer(() => undefined);
  await ask();
  await until(() => collector.requests.length > held);
  const lost = await lostSpans();
  for (let count = 0; count < 5; count += 1) await ask();
  await until(async () => (await lostSpans()) > lost);
  // It failed a moment ago: that it fails again so soon is not said.
  assert.equal(failing().length, 1);
  await ask();
  await gateway.stop();
});

const summary: RequestSummary = {
  ...{ id: 'r', protocol: 'openai', operation: 'chat.completions', outcome: 'done', status: 200 },
  ...{ errorCode: undefined, errorLog: undefined, keyId: 1, keyName: 'k', model: 'm', channel: 'c' },
  ...{ attempts: 1, dropped: undefined, estimated: false, units: 1, firstByteMs: 1, totalMs: 2 },
  ...{ inputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
};

test('spans for which there is no room are lost and counted, and the end waits no longer than its bound', async () => {
  const lines: string[] = [];
  collector.answer(() => undefined);
  const settings = settingsSchema.parse({
    otel: { enabled: true, endpoint: collector.origin, metrics: false },
  });
  const log = createLog({ level: 'info' }, { write: (line) => void lines.push(line) });
  const telemetry = startTelemetry({ settings, clock, log, readMetrics: async () => [] });
  const spans = 5000;
  for (let count = 0; count < spans; count += 1) {
    const trace = telemetry.trace({
      req: { method: 'POST', headers: {} },
      path: '/v1/x',
      startedAt: clock.monotonic(),
    });
    assert.ok(trace);
    trace.end(summary, {
      trace,
      ...{ accountId: 1, group: '', stream: false, responseId: '', responseStart: undefined },
      ...{ usage: noUsage, course: noCourse },
    });
  }
  const { sent, lost } = telemetry.spans();
  assert.equal(sent, 0);
  // One batch is under way, and 2048 spans wait.
  assert.ok(lost >= spans - 2048 - 2 * 128, String(lost));
  assert.equal(lines.filter((line) => line.includes('too slow: data is lost')).length, 1);
  await telemetry.close();
});
