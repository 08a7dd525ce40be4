/** Every place of the repository that repeats the version of package.json, or what else a release must agree on. */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const number = String.raw`\d+\.\d+\.\d+(?:-[\w.]+)?`;

interface Place {
  readonly path: string;
  /** The version is what it matches between its two groups. */
  readonly pattern: RegExp;
  /** Whether the file need not have it. */
  readonly isOptional?: true;
}

const between = (before: string, after: string, flags = 'g') =>
  new RegExp(`(${before})${number}(${after})`, flags);

const fixed: readonly Place[] = [
  { path: 'package-lock.json', pattern: between('^\\{\\n  "name": "halley",\\n  "version": "', '"', '') },
  {
    path: 'package-lock.json',
    pattern: between('"": \\{\\n      "name": "halley",\\n      "version": "', '"', ''),
  },
  { path: 'deploy/helm/halley/Chart.yaml', pattern: between('^version: ', '$', 'm') },
  { path: 'deploy/helm/halley/Chart.yaml', pattern: between('^appVersion: "', '"$', 'm') },
  {
    path: 'deploy/kubernetes/deployment.yaml',
    pattern: between('image: registry\\.example\\.com/halley:', '$', 'gm'),
  },
  { path: 'docs/openapi.json', pattern: between('"info": \\{[^{}]*?"version": "', '"', '') },
];

/** Names of the archive and of the image in what people read and copy. */
const named = [between('\\bhalley-', '(?=\\.tgz)'), between('registry\\.example\\.com/halley:', '')];

function placesIn(root: string): Place[] {
  const texts = globSync(['README.md', 'docs/{guides,reference,tutorial}/*.md', 'deploy/**/*.{md,yaml}'], {
    cwd: root,
  });
  const readable = texts.flatMap((path) =>
    named.map((pattern) => ({ path, pattern, isOptional: true as const })),
  );
  return [...fixed, ...readable];
}

const alerts = ['deploy/prometheus/alerts.yaml', 'deploy/helm/halley/files/alerts.yaml'] as const;

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

export function versionOf(root: string): string {
  return String((JSON.parse(read(root, 'package.json')) as { version: unknown }).version);
}

/** Writes the version of package.json wherever else it stands. */
export function writeVersion(root: string): void {
  const version = versionOf(root);
  for (const { path, pattern } of placesIn(root)) {
    const text = read(root, path);
    const written = text.replace(pattern, (_, before: string, after: string) => before + version + after);
    if (written !== text) writeFileSync(join(root, path), written);
  }
  writeFileSync(join(root, alerts[1]), read(root, alerts[0]));
}

/** The versions of the changelog, newest first. */
const released = (root: string) =>
  [...read(root, 'CHANGELOG.md').matchAll(/^## (\S+)/gm)].map(([, version = '']) => version);

/** @returns in words what a release would get wrong; empty when nothing */
export function releaseFaults(root: string): string[] {
  const version = versionOf(root);
  const faults: string[] = [];
  for (const { path, pattern, isOptional } of placesIn(root)) {
    const text = read(root, path);
    const found = pattern.global ? [...text.matchAll(pattern)] : [pattern.exec(text)];
    if (!isOptional && !found[0]) faults.push(`${path} names no version where one is expected`);
    for (const match of found) {
      const is = match?.[0].slice(match[1]?.length, match[0].length - (match[2]?.length ?? 0));
      if (is !== undefined && is !== version) faults.push(`${path} says ${is}, package.json ${version}`);
    }
  }
  const [newest, before] = released(root);
  if (newest !== version) faults.push(`CHANGELOG.md begins with ${newest}, package.json says ${version}`);
  if (before !== undefined && !existsSync(join(root, `tests/upgrade/fixtures/halley-${before}.tgz`)))
    faults.push(`tests/upgrade/fixtures has no package of ${before}, the version before`);
  if (read(root, alerts[0]) !== read(root, alerts[1])) faults.push(`${alerts[1]} is no copy of ${alerts[0]}`);
  return [...new Set([...faults, ...changesetFaults(root)])];
}

/** A file of .changeset that is still to be released. */
function changesetFaults(root: string): string[] {
  return globSync('.changeset/*.md', { cwd: root, exclude: ['**/README.md'] }).flatMap((path) =>
    /^---\n"?halley"?: (?:patch|minor|major)\n---\n\s*\S/.test(read(root, path))
      ? []
      : [`${path} is no changeset: docs/guides/release.md shows one`],
  );
}
