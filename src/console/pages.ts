/** Reads the console's built pages into memory, so that no request touches a file. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { shellName } from '../platform/built-pages.ts';
import { limits } from '../platform/limits.ts';
import type { Coding } from './content-coding.ts';

interface Variant {
  readonly bytes: Uint8Array;
  /** With its quotes. */
  readonly etag: string;
}

export interface PageFile {
  readonly contentType: string;
  /** Whether its name changes with its content, so that it never has to be asked for again. */
  readonly isImmutable: boolean;
  readonly plain: Variant;
  readonly compressed: ReadonlyMap<Coding, Variant>;
}

/** Files by their path below the directory, with forward slashes. */
export type Pages = ReadonlyMap<string, PageFile>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** The build writes compressed copies beside a file, with these suffixes. */
const suffixes: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
];

/** Vite's names: `assets/keys-B1fW_x-2.js`. */
const hashed = /^assets\/.+-[\w-]{8}\.\w+$/;

/**
 * @returns undefined when the directory holds no shell: the pages were not built
 * @throws Error when the directory holds more bytes than `limits.console_bytes_max`
 */
export function readPages(directory: string): Pages | undefined {
  const names = filesIn(directory);
  if (!names.includes(shellName)) return undefined;
  const bytes = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  if (bytes > limits.console_bytes_max)
    throw new Error(`${directory} holds ${bytes} bytes; pages may have ${limits.console_bytes_max}.`);
  const originals = names.filter(
    (name) => contentTypes[extname(name)] !== undefined && !name.startsWith('.'),
  );
  const known = new Set(names);
  return new Map(originals.map((name) => [name, readFile(directory, name, known)]));
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readFile(directory: string, name: string, known: ReadonlySet<string>): PageFile {
  const variant = (suffix: string): Variant => {
    const bytes = readFileSync(join(directory, name + suffix));
    // A strong validator names the bytes as sent, so each coding has its own.
    return { bytes, etag: `"${hash('sha256', bytes, 'base64url')}"` };
  };
  const written = suffixes.filter(([, suffix]) => known.has(name + suffix));
  return {
    contentType: contentTypes[extname(name)] ?? 'application/octet-stream',
    isImmutable: hashed.test(name),
    plain: variant(''),
    compressed: new Map(written.map(([coding, suffix]) => [coding, variant(suffix)])),
  };
}
