/** Lays out the pages for VitePress: copies of the documents with links that work, the home page, an index per section. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type LinkResolver, rewriteLinks } from './links.ts';
import { groupPages, type Section, sections } from './navigation.ts';
import { type Document, readDocuments, readPictures, root } from './source.ts';

/** Where VitePress reads the pages. */
const stagedDirectory: string = join(root, 'site/staged');

/** Address of the interactive API reference, below the site. */
export const apiReference = 'reference/api';

export interface StagedPage extends Omit<Document, 'source' | 'text'> {
  /** Undefined for a page that no single document is the source of. */
  readonly source: string | undefined;
  /** Markdown without front matter, as readers of `.md` get it. */
  readonly markdown: string;
}

export interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly repository?: string | { readonly url: string };
}

export const readManifest = (): Manifest =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** The address of the repository for people; undefined where package.json names none. */
export function repositoryUrl({ repository }: Manifest): string | undefined {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** Every page of the site, in the order of the navigation. */
export function readPages(): readonly StagedPage[] {
  const documents = readDocuments();
  const repository = repositoryUrl(readManifest());
  const known = new Map(documents.map(({ source, path, title }) => [source, { path, title }]));
  for (const { folder, title } of sections) {
    if (documents.some((document) => document.folder === folder))
      known.set(`docs/${folder}`, { path: `${folder}/index.md`, title });
  }
  for (const home of ['README.md', 'docs/README.md', 'docs'])
    known.set(home, { path: 'index.md', title: 'the start page' });
  const pictures = new Set(readPictures().map((path) => `docs/${path}`));
  const resolverFor =
    (from: string): LinkResolver =>
    (target, anchor) => {
      const here = (path: string) => posix.relative(posix.dirname(from), path);
      const page = known.get(target);
      if (page) return { address: here(page.path) + anchor, title: page.title };
      if (pictures.has(target)) return { address: here(target.slice('docs/'.length)) };
      if (target === 'docs/openapi.json') return { address: here(apiReference), title: 'API reference' };
      return repository === undefined ? undefined : { address: `${repository}/blob/HEAD/${target}${anchor}` };
    };
  const stage = ({ text, ...rest }: Document): StagedPage => ({
    ...rest,
    markdown: rewriteLinks(text, rest.source, resolverFor(rest.path)),
  });
  const staged = documents.map(stage);
  const ofSection = (section: Section) => sectionPages(section, staged);
  const beside = staged.filter(({ folder }) => folder === '');
  const inSections = sections.flatMap(ofSection);
  return [homePage(inSections), ...inSections, ...beside];
}

/** The index of a section and its pages in order; none where the folder does not exist. */
function sectionPages(section: Section, pages: readonly StagedPage[]): readonly StagedPage[] {
  const inside = pages.filter(({ folder }) => folder === section.folder);
  if (inside.length === 0) return [];
  const own = inside.find(({ name }) => name === 'index');
  const groups = groupPages(
    section,
    inside.filter((page) => page !== own),
  );
  const ordered = groups.flatMap((group) => group.pages);
  if (own) return [own, ...ordered];
  const { folder, title, summary } = section;
  const lists = groups.map(({ title: heading, pages: listed }) => {
    const lines = listed.map(({ path, title: text, description }) => {
      const about = description === '' ? '' : `: ${description}`;
      return `- [${text}](${posix.basename(path)})${about}`;
    });
    return `${groups.length > 1 ? `## ${heading}\n\n` : ''}${lines.join('\n')}`;
  });
  const api = folder === 'reference' ? ['- [API reference](api): every endpoint, to read and to try.'] : [];
  const markdown = `# ${title}\n\n${summary}\n\n${[...api, ...lists].join('\n\n')}\n`;
  const index = {
    ...{ source: undefined, path: `${folder}/index.md`, name: 'index', folder },
    ...{ title, description: summary, markdown },
  };
  return [index, ...ordered];
}

/** The pages of each section, below the hero that VitePress draws from the front matter. */
function homePage(pages: readonly StagedPage[]): StagedPage {
  const { description } = readManifest();
  const parts = sections.flatMap(({ folder, title, summary }) => {
    const inside = pages.filter((page) => page.folder === folder);
    if (inside.length === 0) return [];
    const lines = inside
      .filter(({ name }) => name !== 'index' && folder !== 'decisions')
      .map((page) => `- [${page.title}](${page.path})`);
    return [`## [${title}](${folder}/index.md)\n\n${summary}\n\n${lines.join('\n')}`.trim()];
  });
  const markdown = `# Halley\n\n${description}\n\n${parts.join('\n\n')}\n`;
  return {
    source: undefined,
    path: 'index.md',
    name: 'index',
    folder: '',
    title: 'Halley',
    description,
    markdown,
  };
}

/** What the front matter of a page says, as YAML (every JSON is). */
export type FrontMatter = (page: StagedPage) => Readonly<Record<string, unknown>>;

/** Copies the pictures of the documents to the places that their links name. */
export function copyPictures(directory: string): void {
  for (const path of readPictures()) cpSync(join(root, 'docs', path), join(directory, path));
}

/** Writes the pages anew. */
export function writeStaged(pages: readonly StagedPage[], frontMatterOf: FrontMatter): void {
  rmSync(stagedDirectory, { recursive: true, force: true });
  copyPictures(stagedDirectory);
  for (const page of pages) {
    const file = join(stagedDirectory, page.path);
    mkdirSync(dirname(file), { recursive: true });
    const isHome = page.path === 'index.md';
    // The hero has the heading and the first paragraph of the home page.
    const body = isHome ? page.markdown.replace(/^[\s\S]*?(?=^## )/m, '') : page.markdown;
    writeFileSync(file, `---\n${JSON.stringify(frontMatterOf(page))}\n---\n\n${body}`);
  }
}
