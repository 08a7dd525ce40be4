/** Checks that need all files at once: nothing lies around unused. Each answers its offences. */
import { errorCatalogue } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import { codeOf, isTest, type SourceFile } from './source.ts';

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
