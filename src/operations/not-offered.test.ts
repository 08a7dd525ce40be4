/** Tests that every endpoint of the providers' published clients is served, or known as one that is not. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isJobPath } from './jobs/routes.ts';
import { matchOperation } from './match.ts';
import { modelListPaths } from './model-lists.ts';
import { isKnownElsewhere } from './not-offered.ts';
import { matchStored } from './stored/routes.ts';

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** The paths in a client's source, with `x` in place of each parameter. */
function pathsIn(glob: string, pattern: RegExp): readonly string[] {
  const texts = globSync(glob, { cwd: modules }).map((file) => readFileSync(modules + file, 'utf8'));
  const found = texts.flatMap((text) => Array.from(text.matchAll(pattern), ([, path = '']) => path));
  return [...new Set(found.map((path) => path.replace(/\$?\{[^}]*\}/g, 'x').replace(/\?.*/, '')))];
}

const call = /_client\.\w+\((?:path\s*)?[`']([^`']+)[`']/g;
const openai = pathsIn('openai/resources/**/*.mjs', call).map((path) => `/v1${path}`);
const anthropic = pathsIn('@anthropic-ai/sdk/resources/**/*.mjs', call);
const google = pathsIn('@google/genai/dist/node/index.mjs', /formatMap\('((?:[a-zA-Z_]+|\{model\}:)[^']*)'/g)
  .filter((path) => !path.startsWith('x/') && !path.startsWith('upload/'))
  .flatMap((path) => ['/v1beta/', '/v1/'].map((version) => version + path.replace(/^x:/, 'models/x:')));

const isServed = (path: string) =>
  matchOperation('POST', path, '') !== 'not_found' ||
  isJobPath(path) ||
  matchStored('GET', path) !== undefined ||
  modelListPaths.some((list) => path === list || path.startsWith(`${list}/`));

for (const [name, paths, atLeast] of [
  ['OpenAI', openai, 80],
  ['Anthropic', anthropic, 60],
  ['Google', google, 20],
] as const) {
  test(`every endpoint of ${name}'s client is served or known`, () => {
    assert.ok(paths.length >= atLeast, String(paths.length));
    assert.deepEqual(
      paths.filter((path) => !isServed(path) && !isKnownElsewhere(path)),
      [],
    );
  });
}

test('what no provider has is unknown', () => {
  for (const path of ['/v1/nothing', '/v1/filesx', '/chat/completions', '/v1beta/openai/responses', '/v1'])
    assert.equal(isKnownElsewhere(path), false, path);
});
