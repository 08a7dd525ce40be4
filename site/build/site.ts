/** Builds the documentation site from nothing, in a process of its own: VitePress writes its progress on the terminal. */
import { join } from 'node:path';
import { writeApiPage } from './api-page.ts';
import { compressSite } from './compress.ts';
import { buildPages } from './pages.ts';
import { writeScriptHashes } from './policy.ts';
import { root } from './source.ts';
import { readPages } from './stage.ts';
import { writeTexts } from './texts.ts';

const directory = join(root, 'site/dist');
const pages = readPages();
await buildPages(pages);
writeTexts(directory, pages);
writeApiPage(directory);
compressSite(directory);
// Last: without this file the gateway has no documentation.
writeScriptHashes(directory);
