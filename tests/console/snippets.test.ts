/** The code that the console shows does what it says: it is executed as it stands, with the clients that it names. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { promisify } from 'node:util';
import { type ProtocolId, protocolIds } from '../../console/features/model-request/protocol-ids.ts';
import { requestOf } from '../../console/features/model-request/protocols.ts';
import {
  agentSnippet,
  agents,
  type RequestLanguage,
  requestSnippet,
} from '../../console/features/snippets/snippets.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';

const run = promisify(execFile);
/** Where the packages of the clients are found. Node strips no types there, and the snippets need none. */
const directory = join(import.meta.dirname, '../../node_modules/.cache/snippets');
/** Everything that a shell or a language could take for its own. */
const hostile = `it's "quoted" $HOME \`id\` \\ \${1} <b> {x} €\n2nd`;

let gateway: Gateway;
let key = '';
before(async () => {
  await mkdir(directory, { recursive: true });
  gateway = await startGateway({
    env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '0' },
  });
  key = (await gateway.createKey()).value;
});
after(async () => {
  await gateway.stop();
  await rm(directory, { recursive: true, force: true });
});

function snippet(language: RequestLanguage, protocol: ProtocolId, stream: boolean): string {
  const request = requestOf(protocol, {
    model: 'demo-chat',
    system: 'Be short.',
    turns: [{ role: 'user', text: hostile }],
    parameters: { temperature: 0.5, maxTokens: 200 },
    stream,
  });
  return requestSnippet(language, protocol, request, { address: gateway.url, key });
}

/** The demo repeats what it was asked, with single spaces. */
const repeated = hostile.replace(/\s+/g, ' ');

describe('TypeScript', () => {
  for (const [index, protocol] of nonEmpty([...protocolIds.entries()])) {
    const stream = index % 2 === 0;
    it(`sends ${stream ? 'a streamed' : 'a whole'} request of ${protocol}`, async () => {
      const file = join(directory, `${protocol}.mjs`);
      await writeFile(file, snippet('typescript', protocol, stream));
      const { stdout } = await run(process.execPath, [file]);
      assert.ok(stdout.includes(repeated), stdout);
    });
  }
});

describe('curl', () => {
  for (const [index, protocol] of nonEmpty([...protocolIds.entries()])) {
    const stream = index % 2 === 1;
    it(`sends ${stream ? 'a streamed' : 'a whole'} request of ${protocol}`, async () => {
      const { stdout } = await run('sh', ['-c', snippet('curl', protocol, stream)]);
      assert.match(stdout, stream ? /^(?:event|data): / : /^\{/);
      assert.match(stdout, /quoted/);
      assert.doesNotMatch(stdout, /"error":\{/);
    });
  }
});

test('Python is valid', (t) => {
  if (spawnSync('python3', ['--version']).error) return t.skip('there is no python3');
  for (const protocol of nonEmpty(protocolIds)) {
    for (const stream of nonEmpty([true, false])) {
      const code = snippet('python', protocol, stream);
      const { status, stderr } = spawnSync(
        'python3',
        ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'],
        {
          input: code,
          encoding: 'utf8',
        },
      );
      assert.equal(status, 0, `${stderr}\n${code}`);
      assert.ok(code.includes('temperature') && code.includes('200'), code);
    }
  }
});

test('coding agents get the address, the key and the model, quoted for a shell', () => {
  const target = { address: 'https://ai.example.com', key: "sk-a'b" };
  for (const agent of nonEmpty(agents)) {
    const code = agentSnippet(agent, 'a model', target);
    assert.match(code, /https:\/\/ai\.example\.com/);
    assert.ok(code.includes("'sk-a'\\''b'"), code);
    assert.match(code, /['"]a model['"]/);
  }
});
