/** Lays out the pages and runs VitePress over them: `site/dist`. */
import { join } from 'node:path';
import { build } from 'vitepress';
import { homeFrontMatter } from './home.ts';
import { root } from './source.ts';
import { type StagedPage, writeStaged } from './stage.ts';

/** Writes its progress on the terminal, as VitePress does. */
export async function buildPages(pages: readonly StagedPage[]): Promise<void> {
  const paths = new Set(pages.map(({ path }) => path));
  writeStaged(pages, ({ path, title, description, source, markdown }) => {
    if (path === 'index.md') return { title: 'Documentation', description, ...homeFrontMatter(paths) };
    // Without an outline a page has more room for its tables.
    const outline = /^## /m.test(markdown) ? {} : { aside: false };
    return { title, description, ...outline, ...(source === `docs/${path}` ? {} : { editLink: false }) };
  });
  await build(join(root, 'site'));
}
