/**
 * Writes the bill of materials (CycloneDX, JSON) of what is installed with Halley or compiled into the console's pages:
 * `node deploy/npm/bill.ts FILE`. npm lists the packages of the lock file, for every platform.
 */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const manifestIn = (path: string) => JSON.parse(text(path)) as Manifest;

/** @returns the names of packages that are compiled into the pages, except those that only these need */
function packagesOfPages(): string[] {
  const sources = globSync('console/**/*.{ts,tsx,css}', { cwd: root })
    .filter((path) => !/^console\/(?:build|dist|node_modules)\/|^console\/vite\.config/.test(path))
    .map(text);
  const names = Object.keys(manifestIn('console/package.json').devDependencies ?? {});
  return names.filter((name) => {
    const imported = new RegExp(`(?:from|import|import\\()\\s*['"]${name}(?:/[^'"]*)?['"]`);
    // The build cuts fonts into pieces.
    return name.startsWith('@fontsource') || sources.some((source) => imported.test(source));
  });
}

/** Without what depends on the directory that it was made in, and on who asked. */
const plain = (component: Component): Component => ({
  ...component,
  properties: (component.properties ?? []).filter(({ name }) => !/:(?:path|development)$/.test(name)),
});

function bill(): Bill {
  // A tool of the documentation wants another React beside it than the console's, for what it is not used for here.
  const args = [
    'sbom',
    '--package-lock-only',
    '--legacy-peer-deps',
    // With NODE_ENV=production npm leaves out what development needs, and then more than that.
    '--include=dev',
    '--sbom-format=cyclonedx',
    '--sbom-type=application',
  ];
  const whole = JSON.parse(
    execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 50_000_000 }),
  ) as Bill;
  const { name, dependencies, optionalDependencies } = manifestIn('package.json');
  const shipped = new Set([
    ...Object.keys({ ...dependencies, ...optionalDependencies }),
    ...packagesOfPages(),
  ]);
  const own = whole.metadata.component['bom-ref'];
  const needs = new Map(whole.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  // npm names a component after its directory.
  const pages = whole.dependencies.find(({ ref }) =>
    ref.startsWith(`${manifestIn('console/package.json').name}@`),
  );
  const nameOf = new Map(whole.components.map((each) => [each['bom-ref'], each.name]));
  const direct = [...(needs.get(own) ?? []), ...(pages?.dependsOn ?? [])].filter((ref) =>
    shipped.has(nameOf.get(ref) ?? ''),
  );
  const reached = new Set(direct);
  for (const ref of reached) for (const next of needs.get(ref) ?? []) reached.add(next);
  return {
    ...whole,
    metadata: { ...whole.metadata, component: { ...plain(whole.metadata.component), name } },
    components: whole.components.filter((each) => reached.has(each['bom-ref'])).map(plain),
    dependencies: [
      { ref: own, dependsOn: [...new Set(direct)] },
      ...whole.dependencies.filter(({ ref }) => reached.has(ref)),
    ],
  };
}

/** @param file is written anew */
export function writeBill(file: string): void {
  writeFileSync(file, `${JSON.stringify(bill(), null, 2)}\n`);
}

if (import.meta.main) writeBill(process.argv[2] ?? 'halley.cdx.json');
