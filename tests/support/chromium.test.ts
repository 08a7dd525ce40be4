/** The browser of the tests is usable whatever a run before left in its directory. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { moveInto } from './chromium.ts';

test('an unpacked browser takes the place of a rest, and leaves a complete one as it is', async (t) => {
  const place = await mkdtemp(join(tmpdir(), 'halley-chromium-'));
  t.after(() => rm(place, { recursive: true, force: true }));
  const unpack = async (name: string, content: string) => {
    await mkdir(join(place, name, 'fonts-cache'), { recursive: true });
    await writeFile(join(place, name, 'chromium'), content);
    return join(place, name);
  };
  const directory = join(place, 'chromium-1');
  await mkdir(join(directory, 'fonts-cache'), { recursive: true });
  await writeFile(join(directory, 'fonts-cache/CACHEDIR.TAG'), '');
  await moveInto(directory, await unpack('one', 'first'));
  assert.equal(await readFile(join(directory, 'chromium'), 'utf8'), 'first');
  await moveInto(directory, await unpack('two', 'second'));
  assert.equal(await readFile(join(directory, 'chromium'), 'utf8'), 'first');
  assert.deepEqual(await readdir(place), ['chromium-1'], 'nothing stays beside it');
});
