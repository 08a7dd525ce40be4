/** Built files as responses need them: with their compressed copies and validators, in memory. */
import { hash } from 'node:crypto';
import { extname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Coding } from './content-coding.ts';

/** A file in one coding. */
class Variant {
  readonly bytes: Uint8Array;
  #etag: string | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A strong validator, with its quotes. It names the bytes as sent, so each coding has its own. */
  get etag(): string {
    this.#etag ??= `"${hash('sha256', this.bytes, 'base64url')}"`;
    return this.#etag;
  }
}

export interface BuiltFile {
  readonly contentType: string;
  /** Whether its name changes with its content, so that it never has to be asked for again. */
  readonly isImmutable: boolean;
  /** Unpacked when it is first asked for, where only its gzip copy is there. */
  readonly plain: () => Variant;
  readonly compressed: ReadonlyMap<Coding, Variant>;
}

/** Files by their path below the directory, with forward slashes. */
export type BuiltFiles = ReadonlyMap<string, BuiltFile>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** The build writes compressed copies beside a file, with these suffixes. */
const suffixes: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
];

/** Vite's names: `assets/keys-B1fW_x-2.js`, and VitePress's: `assets/guides_mcp.md.Ce4WOIcz.lean.js`. */
const hashed = /^assets\/.+[-.][\w-]{8}(?:\.lean)?\.\w+$/;

/**
 * @param contents what a directory holds, by path: files, their compressed copies, and copies without the file
 * @returns the files of known kinds that are not hidden
 */
export function builtFiles(contents: ReadonlyMap<string, Uint8Array>): BuiltFiles {
  const names = new Set([...contents.keys()].map((name) => name.replace(/\.(?:br|gz)$/, '')));
  const served = [...names].filter((name) => contentTypes[extname(name)] && !name.startsWith('.'));
  return new Map(served.map((name) => [name, builtFile(name, contents)]));
}

/**
 * A document that was made while the process runs, and stays as it is.
 * @param compressed its copies in other codings
 */
export function madeFile(
  contentType: string,
  bytes: Uint8Array,
  compressed: ReadonlyMap<Coding, Uint8Array>,
): BuiltFile {
  const plain = new Variant(bytes);
  const copies = [...compressed].map(([coding, copy]) => [coding, new Variant(copy)] as const);
  return { contentType, isImmutable: false, plain: () => plain, compressed: new Map(copies) };
}

function builtFile(name: string, contents: ReadonlyMap<string, Uint8Array>): BuiltFile {
  const variants = suffixes.flatMap(([coding, suffix]): [Coding, Variant][] => {
    const bytes = contents.get(name + suffix);
    return bytes ? [[coding, new Variant(bytes)]] : [];
  });
  let plain: Variant | undefined;
  return {
    contentType: contentTypes[extname(name)] ?? 'application/octet-stream',
    isImmutable: hashed.test(name),
    plain: () => {
      plain ??= new Variant(contents.get(name) ?? gunzipSync(contents.get(`${name}.gz`) ?? new Uint8Array()));
      return plain;
    },
    compressed: new Map(variants),
  };
}
