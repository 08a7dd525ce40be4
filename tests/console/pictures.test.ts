/** The parts of the picture pane that need no browser: what responses hold, names, requests, and the code that is shown. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { kindOf, pictureName } from '../../console/pages/playground/pictures/picture-kinds.ts';
import {
  type PictureOptions,
  pictureFields,
  pictureForm,
  usualStages,
} from '../../console/pages/playground/pictures/picture-request.ts';
import { pictureSnippet } from '../../console/pages/playground/pictures/picture-snippets.ts';
import { isDrawn, readPictures, shortened } from '../../console/pages/playground/pictures/read-pictures.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { demoPng, transparentPng } from './picture-data.ts';

const png = demoPng('a');
const base64 = png.toString('base64');
const webp = Buffer.from('RIFF....WEBPVP8 ');

describe('a response', () => {
  it('has the pictures of its list: base64, data URLs, and links of other origins', async () => {
    const data = [
      { b64_json: base64, revised_prompt: 'a fox' },
      { url: `data:image/svg+xml;base64,${webp.toString('base64')}` },
      { url: 'https://pictures.example/a.png' },
    ];
    const { pictures, stage, unreadable } = readPictures({ created: 1, data });
    assert.deepEqual(
      pictures.map((picture) => (isDrawn(picture) ? picture.blob.type : picture.link)),
      ['image/png', 'image/webp', 'https://pictures.example/a.png'],
      'the bytes decide the type, not what is said of them',
    );
    const bytes = (await pictures[0]?.blob?.arrayBuffer()) ?? new ArrayBuffer(0);
    assert.deepEqual(Buffer.from(bytes), png);
    assert.deepEqual([stage, unreadable], [undefined, 0]);
  });

  it('shows nothing that can hold scripts, and no address of another kind', () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>').toString('base64');
    const data = [{ b64_json: svg }, { url: 'javascript:alert(1)' }, { b64_json: '%%' }, {}];
    assert.deepEqual(readPictures({ data }), { stage: undefined, pictures: [], unreadable: 3 });
  });

  it('has stages and finished pictures in its events', () => {
    const stage = readPictures({ type: 'image_edit.partial_image', b64_json: base64 });
    assert.equal(stage.stage?.size, png.length);
    assert.equal(stage.pictures.length, 0);
    const finished = readPictures({ type: 'image_generation.completed', b64_json: base64, usage: {} });
    assert.equal(finished.stage, undefined);
    assert.equal(finished.pictures.length, 1);
  });

  it('is read whatever it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readPictures(value);
        readPictures({ data: value });
      }),
    );
  });
});

test('raw events keep everything but the base64', () => {
  const event = JSON.stringify({ type: 'x', b64_json: 'A'.repeat(5000), usage: { total_tokens: 3 } });
  assert.equal(shortened(event), event.replace(/A+/, `${'A'.repeat(40)}…[5000]`));
  const escaped = `{"b64_json":"${'AAAA\\/'.repeat(1000)}"}`;
  assert.match(shortened(escaped), /^\{"b64_json":"[^"]{40}…\[6000\]"\}$/);
});

test('the kind of a picture is known by its bytes alone', () => {
  assert.equal(kindOf(png)?.type, 'image/png');
  assert.equal(kindOf(webp)?.type, 'image/webp');
  assert.equal(kindOf(Buffer.from([0xff, 0xd8, 0xff, 0xe0]))?.type, 'image/jpeg');
  assert.equal(kindOf(Buffer.from('GIF89a'))?.type, 'image/gif');
  assert.equal(kindOf(Buffer.from('<svg ')), undefined);
  assert.equal(kindOf(Buffer.alloc(0)), undefined);
});

test('a downloaded picture is named after its prompt, in any script, and never with a path', () => {
  const kind = { type: 'image/jpeg', extension: 'jpg' } as const;
  assert.equal(pictureName('A fox, in the snow!', kind, undefined), 'a-fox-in-the-snow.jpg');
  assert.equal(pictureName('雪中的狐狸', kind, 2), '雪中的狐狸-2.jpg');
  assert.equal(pictureName('../../etc', kind, undefined), 'etc.jpg');
  assert.equal(pictureName('…', kind, 1), 'picture-1.jpg');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (prompt) => {
      assert.match(pictureName(prompt, kind, undefined), /^[\p{L}\p{M}\p{N}-]{1,48}\.jpg$/u);
    }),
  );
});

const options: PictureOptions = {
  model: 'demo-image',
  prompt: `it's "quoted" $HOME \`id\` @\\ {x} €\n2nd`,
  count: 1,
  size: undefined,
  quality: undefined,
  background: undefined,
  outputFormat: undefined,
  stages: 0,
};

test('a request has only what was chosen, the model first', () => {
  assert.deepEqual(Object.keys(pictureFields(options)), ['model', 'prompt']);
  const all = { ...options, count: 2, size: '1x1', quality: 'low', background: 'opaque', stages: 2 };
  const form = pictureForm(
    { ...all, outputFormat: 'webp' },
    { pictures: [new File(['a'], 'a.png'), new File(['b'], 'b.png')], mask: new Blob(['mask']) },
  );
  assert.deepEqual(
    [...form].map(([name, value]) => [name, typeof value === 'string' ? value : value.name]),
    [
      ['model', 'demo-image'],
      ['prompt', options.prompt],
      ['n', '2'],
      ['size', '1x1'],
      ['quality', 'low'],
      ['background', 'opaque'],
      ['output_format', 'webp'],
      ['stream', 'true'],
      ['partial_images', '2'],
      ['image[]', 'a.png'],
      ['image[]', 'b.png'],
      ['mask', 'mask.png'],
    ],
  );
});

test('models that are known to stream are asked to', () => {
  assert.deepEqual(['gpt-image-2', 'openai/gpt-image-1', 'demo-image'].map(usualStages), [2, 2, 2]);
  assert.deepEqual(['dall-e-3', 'my-gpt-image', 'qwen-image'].map(usualStages), [0, 0, 0]);
});

describe('the code that the pane shows', () => {
  const run = promisify(execFile);
  /** Where the packages of the clients are found. */
  const directory = join(import.meta.dirname, '../../node_modules/.cache/picture-snippets');
  let gateway: Gateway;
  let key = '';
  before(async () => {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    gateway = await startGateway({ env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '0' } });
    key = (await gateway.createKey()).value;
    await writeFile(join(directory, `a "b'.png`), png);
    await writeFile(join(directory, 'c.png'), png);
    await writeFile(join(directory, 'mask.png'), transparentPng(64));
  });
  after(async () => {
    await gateway.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const requests = [
    { name: 'a generation', options: { ...options, count: 2 }, inputs: [], hasMask: false },
    { name: 'a streamed generation', options: { ...options, stages: 1 }, inputs: [], hasMask: false },
    { name: 'an edit of one picture under a mask', options, inputs: [`a "b'.png`], hasMask: true },
    {
      name: 'a streamed edit of two pictures',
      options: { ...options, stages: 2 },
      inputs: [`a "b'.png`, 'c.png'],
      hasMask: false,
    },
  ];
  for (const request of nonEmpty(requests)) {
    const made = (language: 'curl' | 'python' | 'typescript') =>
      pictureSnippet(language, request, { address: gateway.url, key });
    it(`sends ${request.name} with curl`, async () => {
      await run('sh', ['-c', made('curl')], { cwd: directory });
      const isStream = request.options.stages > 0;
      const body = await readFile(join(directory, isStream ? 'events.txt' : 'response.json'), 'utf8');
      assert.match(body, isStream ? /\.completed/ : /"b64_json"/, body.slice(0, 500));
    });
    it(`sends ${request.name} in TypeScript, and keeps the pictures`, async () => {
      await writeFile(join(directory, 'snippet.mjs'), made('typescript'));
      await run(process.execPath, ['snippet.mjs'], { cwd: directory });
      const written = (await readdir(directory)).filter((name) => /^picture-\d/.test(name));
      assert.equal(written.length, request.options.count);
      for (const name of nonEmpty(written)) {
        assert.equal(kindOf(await readFile(join(directory, name)))?.type, 'image/png');
        await rm(join(directory, name));
      }
    });
    it(`is valid Python for ${request.name}`, (t) => {
      if (spawnSync('python3', ['--version']).error) return t.skip('there is no python3');
      const parse = ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'];
      const { status, stderr } = spawnSync('python3', parse, { input: made('python'), encoding: 'utf8' });
      assert.equal(status, 0, `${stderr}\n${made('python')}`);
    });
  }
});
