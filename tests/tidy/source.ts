/** The source files of the repository as the tidy checks see them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** From the root of the repository, with forward slashes: `src/domain/key.ts`. */
  readonly path: string;
  readonly text: string;
}

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** Every TypeScript file under these folders of the repository that is committed; a folder that is not there is empty. */
export function sourcesIn(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) => {
    const names = (() => {
      try {
        return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' });
      } catch {
        return [];
      }
    })();
    return names
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => /\.tsx?$/.test(path) && !/node_modules\/|^console\/(?:dist|api\/schema)/.test(path))
      .sort()
      .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));
  });
}

/** Every Markdown file directly in these folders of the repository. */
export function documentsIn(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`)
      .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') })),
  );
}

/** Tests, and what only tests use: contract suites and `test-*.ts` beside the code. */
export const isTest = ({ path }: SourceFile) =>
  /\.test\.ts$|^tests\/|\/contract\/|\/test-[^/]+\.ts$/.test(path);

/** The text with comments blanked out; line numbers stay. Relies on biome's layout of comments. */
export function codeOf(text: string): string {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ');
  return text.replace(/(?<=^|\s)\/\*[\s\S]*?\*\//g, blank).replace(/(?<=^|\s)\/\/.*$/gm, blank);
}

/** `path:line` of every match, with the match. */
export function matches(file: SourceFile, text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return `${file.path}:${line}: ${match[0].trim()}`;
  });
}
