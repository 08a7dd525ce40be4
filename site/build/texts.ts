/** Writes what programs read: the Markdown of each page, and the lists for language models (llmstxt.org). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sections } from './navigation.ts';
import { apiReference, copyPictures, type StagedPage } from './stage.ts';

/** @param directory of the built site */
export function writeTexts(directory: string, pages: readonly StagedPage[]): void {
  for (const { path, markdown } of pages) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, markdown);
  }
  copyPictures(directory);
  writeFileSync(join(directory, 'llms.txt'), listOf(pages));
  writeFileSync(join(directory, 'llms-full.txt'), wholeOf(pages));
}

const line = ({ path, title, description }: StagedPage) =>
  `- [${title}](/docs/${path})${description === '' ? '' : `: ${description}`}`;

function listOf(pages: readonly StagedPage[]): string {
  const [home] = pages;
  const parts = sections.flatMap(({ folder, title }) => {
    const lines = pages.filter((page) => page.folder === folder).map(line);
    if (folder === 'reference')
      lines.push(
        `- [OpenAPI document](/api/openapi.json): every endpoint; for people at /docs/${apiReference}`,
      );
    // The last section is what llmstxt.org lets readers with little room leave out.
    const heading = folder === 'decisions' ? 'Optional' : title;
    const besides = folder === 'decisions' ? pages.filter(isBeside).map(line) : [];
    return lines.length === 0 ? [] : [`## ${heading}\n\n${[...lines, ...besides].join('\n')}\n`];
  });
  const about =
    'Each address below is the Markdown of a page; without `.md` it is the page. All in one: /llms-full.txt';
  const first = home ? `${line(home)}\n` : '';
  return [`# Halley\n\n> ${home?.description}\n\n${about}\n\n${first}`, ...parts].join('\n');
}

const isBeside = ({ folder, name }: StagedPage) => folder === '' && name !== 'index';

function wholeOf(pages: readonly StagedPage[]): string {
  return pages.map(({ path, markdown }) => `<!-- /docs/${path} -->\n\n${markdown.trim()}\n`).join('\n');
}
