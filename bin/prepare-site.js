/**
 * Builds the documentation site where its source has changed, and the tools are there: in a checkout with its development
 * dependencies. Elsewhere it is built already (image, package) or `/docs` says what is missing, so it ends without a word.
 */
import { existsSync } from 'node:fs';

const here = (path) => existsSync(new URL(`../${path}`, import.meta.url));

if (here('site/build/prepare.ts') && here('docs') && here('node_modules/vitepress/package.json'))
  await import('../site/build/prepare.ts');
