import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { systemClock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { systemRandom } from '../../platform/random.ts';
import { chunksOf, closeForm, type Form, type FormPart } from './form.ts';
import { FormParser, isForm } from './form-parser.ts';
import { writeForm } from './form-writer.ts';
import { Spool } from './spool.ts';

let directory = '';
let spool: Spool;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'form-parser-'));
  spool = new Spool({ directory, random: systemRandom, clock: systemClock });
});
after(() => rm(directory, { recursive: true }));

const quiet = { take: () => undefined, takeDisk: () => undefined, onField: () => undefined };

type Options = Partial<ConstructorParameters<typeof FormParser>[0]>;

/** @param size of the chunks in which it arrives */
async function parse(contentType: string, body: Buffer, options: Options = {}, size = 65_536): Promise<Form> {
  const parser = new FormParser({ contentType, spool, ...quiet, ...options });
  try {
    for (let index = 0; index < body.length; index += size)
      await parser.push(body.subarray(index, index + size));
    return await parser.end();
  } catch (thrown) {
    await parser.discard();
    throw thrown;
  }
}

async function bytesOf(
  pieces: readonly (Buffer | Exclude<FormPart, { kind: 'field' }>['content'])[],
): Promise<Buffer> {
  const all: Buffer[] = [];
  for (const piece of pieces) for await (const chunk of chunksOf(piece)) all.push(chunk);
  return Buffer.concat(all);
}

/** The parts with whole contents. */
async function plain({ parts }: Form): Promise<readonly object[]> {
  return Promise.all(
    parts.map(async (part) =>
      part.kind === 'field'
        ? part
        : {
            ...part,
            content: createHash('sha256')
              .update(await bytesOf([part.content]))
              .digest('hex'),
          },
    ),
  );
}

const inHeader = (text: string) => text.replaceAll('"', '%22');

function escapedNames(part: FormPart): FormPart {
  const name = inHeader(part.name);
  return part.kind === 'field' ? { ...part, name } : { ...part, name, filename: inHeader(part.filename) };
}

const boundary = 'multipart/form-data; boundary=b';
const body = (...parts: readonly string[]) =>
  Buffer.from(`${parts.map((part) => `--b\r\n${part}`).join('')}--b--\r\n`);
const field = (name: string, value: string) =>
  `content-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

async function refused(
  contentType: string,
  bytes: Buffer,
  why: RegExp,
  options: Options = {},
): Promise<void> {
  await assert.rejects(
    parse(contentType, bytes, options),
    (error) => error instanceof HalleyError && error.code === 'invalid_body' && why.test(error.message),
  );
}

test('what is written is read back the same, however it is cut, and large files go to disk', async () => {
  const file = fc.record({
    kind: fc.constant('file' as const),
    name: fc.constantFrom('image', 'image[]', 'a "b"; c'),
    filename: fc.constantFrom('a.png', 'ü 1.png', 'a"b.png'),
    contentType: fc.constantFrom('image/png', 'application/octet-stream'),
    content: fc
      .oneof(
        fc.uint8Array({ maxLength: 50 }),
        fc.integer({ min: 65_000, max: 200_000 }).map((length) => new Uint8Array(length).fill(13)),
      )
      .map((bytes) => Buffer.from(bytes)),
  });
  const text = fc.record({
    kind: fc.constant('field' as const),
    name: fc.constantFrom('model', 'prompt'),
    value: fc.string({ unit: 'grapheme' }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(file, text), { maxLength: 6 }),
      fc.integer({ min: 1, max: 70_000 }),
      async (parts, size) => {
        const { contentType, pieces } = writeForm(parts, systemRandom);
        const written = await bytesOf(pieces);
        const form = await parse(contentType, written, {}, Math.max(size, written.length >> 9));
        const names = parts.map(escapedNames);
        const asGiven = { parts: names, fileBytes: 0, fieldBytes: 0 };
        assert.deepEqual(await plain(form), await plain(asGiven));
        const again = writeForm(form.parts, systemRandom);
        assert.equal((await bytesOf(again.pieces)).length, (await bytesOf(again.pieces)).length);
        await closeForm(form);
      },
    ),
    { numRuns: 50 },
  );
  assert.deepEqual(await readdir(directory), [], 'no file keeps its name');
});

test('a field is seen before the file after it has come, and what sees it may end the reading', async () => {
  const seen: string[] = [];
  const parser = new FormParser({
    contentType: boundary,
    spool,
    ...quiet,
    onField: (name, value) => {
      seen.push(`${name}=${value}`);
      if (value === 'no') throw new HalleyError('model_not_allowed');
    },
  });
  await parser.push(
    Buffer.from(
      `--b\r\n${field('model', 'm')}--b\r\ncontent-disposition: form-data; name="f"; filename="x"\r\n\r\nabc`,
    ),
  );
  assert.deepEqual(seen, ['model=m']);
  await parser.discard();
  await assert.rejects(
    parse(boundary, body(field('model', 'no')), {
      onField: () => {
        throw new HalleyError('model_not_allowed');
      },
    }),
    { code: 'model_not_allowed' },
  );
});

test('a form that breaks the rules is refused with the reason', async () => {
  assert.equal(isForm(' Multipart/Form-Data; boundary=x'), true);
  assert.equal(isForm('multipart/form-dataset'), false);
  assert.equal(isForm(undefined), false);
  await refused('multipart/form-data', body(field('a', 'b')), /names no boundary/);
  await refused(boundary, Buffer.from(`--b\r\n${field('a', 'b')}`), /ends early/);
  await refused(boundary, Buffer.from('no form at all'), /ends early/);
  await refused(boundary, body('content-disposition: form-data\r\n\r\nx\r\n'), /needs a name/);
  await refused(boundary, body(field('', 'x')), /needs a name/);
  await refused(boundary, body(field('a'.repeat(300), 'x')), /too long/);
  const base64 =
    'content-disposition: form-data; name="a"\r\ncontent-transfer-encoding: base64\r\n\r\nYQ==\r\n';
  await refused(boundary, body(base64), /Content-Transfer-Encoding/);
  await refused(boundary, body(field('a', 'x'.repeat(limits.form_field_bytes_max + 1))), /longer than/);
  const many = Array.from({ length: limits.form_parts_max + 1 }, () => field('a', 'b'));
  await refused(boundary, body(...many), /more than 128 parts/);
});

test('room that is refused, in memory or on disk, ends the reading', async () => {
  const full = () => {
    throw new HalleyError('bodies_full');
  };
  const file = (bytes: number) =>
    body(`content-disposition: form-data; name="f"; filename="x"\r\n\r\n${'x'.repeat(bytes)}\r\n`);
  await assert.rejects(parse(boundary, file(10), { take: full }), { code: 'bodies_full' });
  await assert.rejects(parse(boundary, file(200_000), { takeDisk: full }), { code: 'bodies_full' });
  const nowhere = new Spool({ directory: '/dev/null/x', random: systemRandom, clock: systemClock });
  await assert.rejects(parse(boundary, file(200_000), { spool: nowhere }), { code: 'uploads_full' });
});

test('no bytes make it throw anything but a HalleyError', async () => {
  const text = fc.array(
    fc.constantFrom(
      '--b',
      '\r\n',
      '--',
      '\r\n\r\n',
      'content-disposition: form-data; name="a"',
      '; filename="x"',
      'abc',
      ':',
      '\n',
    ),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 40 }), async (parts, size) => {
      try {
        await closeForm(await parse(boundary, Buffer.from(parts.join('')), {}, size));
      } catch (thrown) {
        assert.ok(thrown instanceof HalleyError, String(thrown));
      }
    }),
  );
});

test('files that a killed process left are removed at the start, others are not', async () => {
  const { utimes, writeFile } = await import('node:fs/promises');
  const old = join(directory, 'halley-upload-old');
  await writeFile(old, '');
  await utimes(old, 1, 1);
  await writeFile(join(directory, 'halley-upload-new'), '');
  await writeFile(join(directory, 'other'), '');
  await spool.sweep();
  assert.deepEqual([...nonEmpty(await readdir(directory))].sort(), ['halley-upload-new', 'other']);
});
