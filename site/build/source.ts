/** Reads the documents of the repository: what the pages of the site are made from. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Document {
  /** Path in the repository, with forward slashes. */
  readonly source: string;
  /** Path below the site, such as `guides/clients.md`. */
  readonly path: string;
  /** The name of the file without `.md`. */
  readonly name: string;
  /** The folder below `docs/`; empty for documents outside of it. */
  readonly folder: string;
  /** The first heading, as plain text. */
  readonly title: string;
  /** The first sentence, as plain text. */
  readonly description: string;
  readonly text: string;
}

/** Pictures of documents, by their paths below `docs/`. */
export const readPictures = (): readonly string[] =>
  globSync('**/*.{png,svg,jpg,jpeg,webp,gif}', { cwd: join(root, 'docs') }).map((path) =>
    path.replaceAll('\\', '/'),
  );

/** Documents beside `docs/` that are pages too. */
const others: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
};

/** Every document in the order of its path. `docs/README.md` is part of the home page, and so is not among them. */
export function readDocuments(): readonly Document[] {
  const inDocs = globSync('docs/*/*.md', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const beside = Object.keys(others).filter((name) => existsSync(join(root, name)));
  return [...inDocs.sort(), ...beside].map(readDocument);
}

function readDocument(source: string): Document {
  const text = readFileSync(join(root, source), 'utf8');
  const path = others[source] ?? source.replace(/^docs\//, '').replace(/README\.md$/, 'index.md');
  const folder = dirname(path) === '.' ? '' : dirname(path);
  const name = basename(path, '.md');
  return { source, path, name, folder, title: titleOf(text, name), description: descriptionOf(text), text };
}

function titleOf(text: string, name: string): string {
  const heading = /^# +(.+)$/m.exec(text)?.[1];
  return heading === undefined ? name : plain(heading);
}

/** The first sentence of the first paragraph. */
function descriptionOf(text: string): string {
  const paragraphs = text.replaceAll(/<!--[\s\S]*?-->/g, '').split(/\n\s*\n/);
  const first = paragraphs.map((part) => part.trim()).find((part) => /^[\p{L}`*[]/u.test(part)) ?? '';
  const sentence = /^[\s\S]*?[.:!?](?=\s|$)/.exec(plain(first))?.[0] ?? plain(first);
  return sentence.replace(/:$/, '.');
}

/** Text without the marks of Markdown. */
function plain(text: string): string {
  return text
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/<[^<>\n]*>/g, '')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
