/** Checks that need all files at once: nothing lies around unused. Each answers its offences. */
import { errorCatalogue } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import { codeOf, importsOf, isTest, resolveImport, type SourceFile } from './source.ts';

/** Files of src/ that no entry point reaches by its imports. */
export function deadFiles(files: readonly SourceFile[], isEntry: (path: string) => boolean): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const open = [...byPath.keys()].filter(isEntry);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path);
    if (!file || reached.has(path)) continue;
    reached.add(path);
    for (const specifier of importsOf(file.text)) open.push(resolveImport(path, specifier) ?? '');
  }
  return files
    .filter((file) => file.path.startsWith('src/') && !isTest(file) && !reached.has(file.path))
    .map(({ path }) => `${path} is reached from no entry point`);
}

const codeWithout = (files: readonly SourceFile[], path: string) =>
  files
    .filter((file) => file.path.startsWith('src/') && file.path !== path && !isTest(file))
    .map((file) => codeOf(file.text))
    .join('\n');

export function unusedLimits(files: readonly SourceFile[]): string[] {
  const code = codeWithout(files, 'src/platform/limits.ts');
  return Object.keys(limits)
    .filter((name) => !new RegExp(`\\blimits\\.${name}\\b`).test(code))
    .map((name) => `nothing enforces the limit ${name}`);
}

export function unraisedErrors(files: readonly SourceFile[]): string[] {
  const code = codeWithout(files, 'src/platform/errors.ts');
  return Object.keys(errorCatalogue)
    .filter((name) => !new RegExp(`['"]${name}['"]`).test(code))
    .map((name) => `nothing raises the error ${name}`);
}
