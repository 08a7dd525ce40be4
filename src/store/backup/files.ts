/** File operations that are on the disk when they return. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

const pieceBytes = 1_048_576;

/** Writes a new file that its owner alone may read. */
export function writePrivate(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeAll(file, typeof content === 'string' ? Buffer.from(content) : content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes changes of names in a directory durable. */
export function syncDirectory(path: string): void {
  syncFile(path);
}

export function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** @returns SHA-256 in hexadecimal digits, and the length in bytes */
export function fileDigest(path: string): { readonly sha256: string; readonly bytes: number } {
  return eachPiece(path, () => undefined);
}

/** Copies into a new file that its owner alone may read, and hashes what it copies. */
export function copyPrivate(from: string, to: string): { readonly sha256: string; readonly bytes: number } {
  const file = openSync(to, 'wx', 0o600);
  try {
    const digest = eachPiece(from, (piece) => writeAll(file, piece));
    fsyncSync(file);
    return digest;
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let index = 0; index < bytes.byteLength; ) index += writeSync(file, bytes, index);
}

function eachPiece(path: string, use: (piece: Uint8Array) => void) {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(pieceBytes);
  const file = openSync(path, 'r');
  let bytes = 0;
  try {
    for (let got = readSync(file, buffer); got > 0; got = readSync(file, buffer)) {
      const piece = buffer.subarray(0, got);
      hash.update(piece);
      use(piece);
      bytes += got;
    }
  } finally {
    closeSync(file);
  }
  return { sha256: hash.digest('hex'), bytes };
}
