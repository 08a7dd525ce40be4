/**
 * Without `otel.enabled`, no file of an OpenTelemetry package is loaded, but for the types of its API that prom-client
 * has always loaded.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chat } from '../relay/chat.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway } from '../support/gateway.ts';

/** From the source: in a bundle, packages are no modules any more. */
const entry = join(import.meta.dirname, '../../src/cli/halley.ts');

/** @returns the OpenTelemetry packages that a gateway loads until it has served a request, in each of its threads */
async function loadedBy(t: TestContext, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'halley-hook-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const hook = join(directory, 'hook.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
     registerHooks({
       resolve(specifier, context, next) {
         const isOurs = !context.parentURL?.includes('/node_modules/prom-client/');
         if (isOurs && specifier.startsWith('@opentelemetry/')) process.stderr.write('loads ' + specifier + '\\n');
         return next(specifier, context);
       },
     });`,
  );
  const upstream = await startFakeUpstream();
  const NODE_OPTIONS = `--import=${pathToFileURL(hook)}`;
  const gateway = await startGateway({ entry, env: { NODE_OPTIONS, ...env } });
  await gateway.createChannel(upstream.origin);
  const { value } = await gateway.createKey();
  const stream = chat(gateway.url, value);
  assert.equal((await stream.head()).status, 200);
  await stream.end();
  const packages = [...gateway.output().matchAll(/^loads (\S+)$/gm)].map(([, name = '']) => name);
  await gateway.stop();
  await upstream.close();
  return packages;
}

test('nothing of OpenTelemetry is loaded unless it is switched on', async (t) => {
  // A collector's address, as a machine may have it for other programs, switches nothing on.
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  assert.deepEqual(await loadedBy(t, env), []);
  const loaded = await loadedBy(t, { ...env, HALLEY_OTEL_ENABLED: 'true' });
  assert.ok(loaded.includes('@opentelemetry/sdk-trace'), 'the hook sees what is loaded');
});
