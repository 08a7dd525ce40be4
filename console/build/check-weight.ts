/** Prints what each page of the built console weighs, and fails where one is too heavy: `npm run console:weight`. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pagesDirectory } from './pages.ts';
import { type Manifest, weigh, weightTable } from './weight.ts';

const manifest = JSON.parse(readFileSync(join(pagesDirectory, '.vite/manifest.json'), 'utf8')) as Manifest;
const sizeOf = (file: string) =>
  statSync(join(pagesDirectory, `${file}.gz`), { throwIfNoEntry: false })?.size ??
  gzipSync(readFileSync(join(pagesDirectory, file))).length;
const keysPage = ['pages/keys/keys-page.tsx', 'i18n/locales/en/common.json', 'i18n/locales/en/keys.json'];
const { text, tooHeavy } = weightTable(weigh(manifest, keysPage, sizeOf));
process.stdout.write(`Gzip, JavaScript and CSS:\n${text}\n`);
if (tooHeavy.length > 0) {
  process.stderr.write(`Too heavy: ${tooHeavy.join(', ')}\n`);
  process.exitCode = 1;
}
