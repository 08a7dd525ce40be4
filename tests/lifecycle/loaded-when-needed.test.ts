/** What a gateway does not load until it is needed: modules in any of its threads, and the price list that ships. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { demoModels } from '../../src/demo/models.ts';
import { chat } from '../relay/chat.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';

/** From the source: in a bundle, packages are no modules any more. */
const entry = join(import.meta.dirname, '../../src/cli/halley.ts');

/** Appends a line for each module that is resolved, and for each time that the price list is read, to the file beside it. */
const hook = `
  import fs from 'node:fs';
  import { registerHooks, syncBuiltinESMExports } from 'node:module';
  const { appendFileSync, readFileSync } = fs;
  const say = (name) => appendFileSync(new URL('loaded', import.meta.url), name + '\\n');
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      say(found.url);
      return found;
    },
  });
  fs.readFileSync = (path, ...options) => {
    if (String(path).endsWith('price-list.json')) say('price-list.json');
    return readFileSync(path, ...options);
  };
  syncBuiltinESMExports();
`;

/** What only some nodes need, and the feature that needs it. */
const rare = {
  'a fleet': /node_modules\/pg\/|\/src\/store\/postgres\/(?:open|connection|postgres-store)\.ts$/,
  'counting tokens': /node_modules\/gpt-tokenizer\//,
  'the length of sounds': /node_modules\/music-metadata\//,
  'the demo upstream': /\/src\/demo\/(?!models\.ts$)(?!demo-upstream\.ts$)/,
  passwords: /node_modules\/@node-rs\//,
  MCP: /node_modules\/@modelcontextprotocol\//,
  'Bedrock and Vertex AI': /node_modules\/(?:@smithy|jose)\//,
  OpenTelemetry: /node_modules\/@opentelemetry\/(?!api\/)/,
  'other commands': /\/src\/cli\/all-commands\.ts$|\/src\/cli\/commands\/(?!serve\.ts$)/,
} as const;

interface Hooked {
  readonly gateway: Gateway;
  /** What it has loaded so far, in each of its threads. */
  loaded(): readonly string[];
}

async function startHooked(t: TestContext, env: Readonly<Record<string, string>>): Promise<Hooked> {
  const directory = mkdtempSync(join(tmpdir(), 'halley-hook-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'hook.mjs');
  writeFileSync(file, hook);
  const NODE_OPTIONS = `--import=${pathToFileURL(file)}`;
  const gateway = await startGateway({ entry, env: { NODE_OPTIONS, ...env } });
  t.after(() => gateway.process.kill('SIGKILL'));
  return { gateway, loaded: () => readFileSync(join(directory, 'loaded'), 'utf8').split('\n') };
}

async function answer(gateway: Gateway, key: string, model: string): Promise<void> {
  const stream = chat(gateway.url, key, { body: { model, messages: [{ role: 'user', content: 'hi' }] } });
  assert.equal((await stream.head()).status, 200);
  await stream.end();
}

test('a gateway that has served a request and management calls has loaded nothing that only some need', async (t) => {
  const upstream = await startFakeUpstream();
  t.after(() => upstream.close());
  const { gateway, loaded } = await startHooked(t, { HALLEY_DEMO_ENABLED: 'true' });
  const readAtStart = loaded().filter((name) => name === 'price-list.json').length;
  assert.equal(readAtStart, 1, 'the first start fills the store with it');
  await gateway.createChannel(upstream.origin);
  const { value } = await gateway.createKey();
  await answer(gateway, value, 'test-model');
  const names = loaded();
  for (const [feature, known] of nonEmpty(Object.entries(rare)))
    assert.deepEqual(
      names.filter((name) => known.test(name)),
      [],
      feature,
    );
  assert.equal(names.filter((name) => name === 'price-list.json').length, readAtStart);

  await answer(gateway, value, demoModels[0] ?? '');
  assert.ok(loaded().some((name) => rare['the demo upstream'].test(name)));
  const signIn = { body: { username: 'nobody', password: 'wrong-password' } };
  assert.notEqual((await gateway.call('POST', '/api/user/login', signIn)).json?.success, true);
  assert.ok(loaded().some((name) => rare.passwords.test(name)));
  await gateway.stop();
});
