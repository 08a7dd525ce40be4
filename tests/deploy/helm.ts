/**
 * Runs Helm, the program itself: of HELM where that is set, else the one that an npm package carries for Linux on x64. A test
 * says so where there is none.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './kubernetes-schemas.ts';

const run = promisify(execFile);
const modules = join(import.meta.dirname, '../../node_modules');
const archive = join(modules, '@aws-cdk/asset-kubectl-v20/lib/layer.zip');
const unpacked = join(modules, '.cache/helm/helm');

export const chartDir = join(import.meta.dirname, '../../deploy/helm/halley');

const isCarried = process.platform === 'linux' && process.arch === 'x64' && existsSync(archive);

/** Options of a test that renders. */
export const needsHelm: { readonly skip?: string } =
  process.env.HELM || isCarried
    ? {}
    : { skip: 'NOT TESTED: there is no Helm for this platform: set HELM to its path' };

/** @returns the content of one file of a zip archive whose entries are deflated */
function unzipped(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameBytes = zip.readUInt16LE(at + 28);
    if (zip.toString('latin1', at + 46, at + 46 + nameBytes) === name) {
      const local = zip.readUInt32LE(at + 42);
      const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return inflateRawSync(zip.subarray(begin, begin + zip.readUInt32LE(at + 20)));
    }
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`${name} is not in the archive`);
}

async function program(): Promise<string> {
  if (process.env.HELM) return process.env.HELM;
  if (existsSync(unpacked)) return unpacked;
  await mkdir(dirname(unpacked), { recursive: true });
  // Another run may do the same.
  const made = `${unpacked}-${process.pid}`;
  await writeFile(made, unzipped(await readFile(archive), 'helm/helm'));
  await chmod(made, 0o755);
  await rename(made, unpacked);
  return unpacked;
}

/** What differs from values.yaml, as a values file has it. */
export type Values = Readonly<Record<string, unknown>>;

async function helm(args: readonly string[], values: Values): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: join(modules, '.cache/helm') };
  const running = run(await program(), [...args, '--values', '-'], { env, maxBuffer: 10_000_000 });
  running.child.stdin?.end(JSON.stringify(values));
  return (await running).stdout;
}

/** @throws when Helm refuses, with what it says in `stderr` */
export async function rendered(values: Values, release = 'halley'): Promise<Manifest[]> {
  const text = await helm(['template', release, chartDir, '--kube-version', '1.31.0'], values);
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

/** @throws when Helm finds a fault in the chart */
export async function lint(values: Values): Promise<void> {
  await helm(['lint', chartDir, '--strict'], values);
}
