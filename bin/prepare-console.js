/**
 * Builds the console's pages, where their source and the tools are: in a checkout with its development dependencies.
 * Elsewhere the pages are built already (image, package) or `/console` says what is missing, so it ends without a word.
 */
import { existsSync } from 'node:fs';

const here = (path) => existsSync(new URL(`../${path}`, import.meta.url));

if (here('console/index.html') && here('node_modules/vite/package.json'))
  await import('../console/build/prepare.ts');
