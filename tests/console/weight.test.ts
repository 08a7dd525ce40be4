import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Manifest, weigh, weightLimits, weightTable } from '../../console/build/weight.ts';

const kibibyte = 1024;

/** The entry and the first page share React; the second page brings a chart that it shares with a third. */
const manifest: Manifest = {
  'index.html': { file: 'entry.js', isEntry: true, imports: ['_react.js'], css: ['base.css'] },
  '_react.js': { file: 'react.js' },
  '_table.js': { file: 'table.js', imports: ['_react.js'], css: ['table.css'] },
  '_chart.js': { file: 'chart.js', imports: ['_react.js'] },
  'pages/token.tsx': { file: 'token.js', isDynamicEntry: true, imports: ['_table.js', 'index.html'] },
  'pages/log.tsx': {
    file: 'log.js',
    isDynamicEntry: true,
    imports: ['_table.js', '_chart.js'],
    css: ['log.css'],
  },
  'pages/usage.tsx': { file: 'usage.js', isDynamicEntry: true, imports: ['_chart.js'] },
  'logo.svg': { file: 'logo.svg' },
};

const sizes: Readonly<Record<string, number>> = {
  'entry.js': 10 * kibibyte,
  'react.js': 60 * kibibyte,
  'base.css': 5 * kibibyte,
  'table.js': 20 * kibibyte,
  'table.css': kibibyte,
  'token.js': 4 * kibibyte,
  'log.js': 3 * kibibyte,
  'log.css': kibibyte,
  'chart.js': 30 * kibibyte,
  'usage.js': 2 * kibibyte,
};

const sizeOf = (file: string) => sizes[file] ?? assert.fail(`${file} is neither script nor style`);

test('the first load is everything that the entry and the first page need, each file once', () => {
  const [first] = weigh(manifest, ['pages/token.tsx'], sizeOf);
  assert.equal(first?.bytes, 100 * kibibyte);
  assert.equal(first?.bytesMax, weightLimits.firstLoad);
});

test('a further page weighs what it adds to the first load', () => {
  const [, ...further] = weigh(manifest, ['pages/token.tsx'], sizeOf);
  assert.deepEqual(
    further.map(({ name, bytes }) => [name, bytes / kibibyte]),
    [
      ['pages/log.tsx', 34],
      ['pages/usage.tsx', 32],
    ],
  );
});

test('a page above its limit is named, one at its limit is not', () => {
  const at = (chart: number) =>
    weightTable(weigh(manifest, ['pages/token.tsx'], (file) => (file === 'chart.js' ? chart : sizeOf(file))));
  assert.deepEqual(at(weightLimits.further - 4 * kibibyte).tooHeavy, []);
  assert.deepEqual(at(weightLimits.further - 4 * kibibyte + 1).tooHeavy, ['pages/log.tsx']);
  assert.match(at(0).text, /^ *100\.0 KiB of +150\.0 KiB +index\.html \+ pages\/token\.tsx$/m);
});

test('a page that the build does not have is an error that says what there is', () => {
  assert.throws(() => weigh(manifest, ['pages/keys.tsx'], sizeOf), /no pages\/keys\.tsx.*pages\/log\.tsx/);
  assert.throws(() => weigh({}, ['pages/token.tsx'], sizeOf), /no entry/);
});
