/** Pictures for tests of the console: made, and read back to their pixels. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { pictureOf } from '../../src/demo/picture.ts';

/** 64 pixels wide and high. */
export const demoPng = (prompt: string): Buffer => Buffer.from(pictureOf(prompt), 'base64');

/** A PNG with an alpha channel, transparent all over. */
export function transparentPng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 6], 8);
  const rows = deflateSync(Buffer.alloc(side * (side * 4 + 1)));
  const chunks = [chunkOf('IHDR', header), chunkOf('IDAT', rows), chunkOf('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function chunkOf(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, sum]);
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** From 0 to 255. */
  alphaAt(x: number, y: number): number;
}

/**
 * Reads a PNG with 8 bits of red, green, blue and alpha for each pixel (https://www.w3.org/TR/png-3/).
 * @throws Error for another kind of PNG
 */
export function pixelsOf(png: Buffer): Pixels {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const form = png.subarray(24, 29);
  if (!form.equals(Buffer.from([8, 6, 0, 0, 0])))
    throw new Error(`The PNG is of the form ${form.toString('hex')}.`);
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const rows = unfilter(inflateSync(Buffer.concat(data)), width * 4, height);
  return { width, height, alphaAt: (x, y) => rows[(y * width + x) * 4 + 3] ?? 0 };
}

const pixelBytes = 4;

/** Undoes the filter of each row. */
function unfilter(filtered: Buffer, rowBytes: number, height: number): Uint8Array {
  const out = new Uint8Array(rowBytes * height);
  const at = (row: number, byte: number) => (row < 0 || byte < 0 ? 0 : (out[row * rowBytes + byte] ?? 0));
  for (let row = 0; row < height; row += 1) {
    const start = row * (rowBytes + 1);
    const filter = filtered[start] ?? 0;
    for (let byte = 0; byte < rowBytes; byte += 1) {
      const [left, up] = [at(row, byte - pixelBytes), at(row - 1, byte)];
      const corner = byte < pixelBytes ? 0 : at(row - 1, byte - pixelBytes);
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      out[row * rowBytes + byte] = (filtered[start + 1 + byte] ?? 0) + (guesses[filter] ?? 0);
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((each) => Math.abs(guess - each)) as [
    number,
    number,
    number,
  ];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
