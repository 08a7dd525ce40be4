import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { startDemoGateway } from '../clients/demo-gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { inPipe } from './screen.ts';

const root = join(import.meta.dirname, '../..');

let gateway: Gateway;
before(async () => {
  gateway = await startDemoGateway();
});
after(() => gateway?.stop());

/** The code blocks of a document in one language. */
function blocksOf(document: string, language: string): string[] {
  const text = readFileSync(join(root, 'docs', document), 'utf8');
  const fence = new RegExp(`^ *\`\`\`${language}\\n(.*?)^ *\`\`\`$`, 'gms');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}

/** The words of each call of `halley` in a script, as a shell reads them. */
function commandsIn(script: string): string[][] {
  const printing = `halley() { printf '%s\\0' "$@"; echo; }\n${script}`;
  const lines = execFileSync('sh', ['-eu', '-c', printing], { encoding: 'utf8' }).trimEnd().split('\n');
  return lines.map((line) => line.split('\0').slice(0, -1));
}

test('the generated documents match the code (npm run docs generates them)', () => {
  const script = join(root, 'docs/generate.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('the commands of docs/guides/connect-upstreams.md make channels without a warning', async () => {
  const keyFile = join(gateway.dataDir, 'upstream.key');
  writeFileSync(keyFile, 'upstream-key-of-the-guide\n');
  gateway.secret('upstream-key-of-the-guide');
  const env = { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token };
  const scripts = blocksOf('guides/connect-upstreams.md', 'sh').filter((block) =>
    /^ *halley channels create /m.test(block),
  );
  for (const words of nonEmpty(scripts.flatMap(commandsIn))) {
    const args = words.map((word) => (word.endsWith('.key') ? keyFile : word));
    const { code, stderr } = await inPipe(args, env);
    assert.deepEqual([code, stderr], [exitCodes.ok, ''], words.join(' '));
  }
});

test('the TypeScript of docs/guides/clients.md gets the response of the demo model', async () => {
  const key = await gateway.createKey();
  const run = promisify(execFile);
  for (const block of nonEmpty(blocksOf('guides/clients.md', 'ts'))) {
    const code = block.replaceAll('http://127.0.0.1:8787', gateway.url);
    assert.notEqual(code, block);
    const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '--eval', code], {
      cwd: root,
      env: { PATH: process.env.PATH, KEY: key.value },
    });
    assert.match(stdout, /You said: "Say hello\."/, block);
  }
});
