/** Draws the demo's picture: a PNG whose colors follow from the prompt. Pure. */
import { hash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** Width and height in pixels. */
const side = 64;
/** Tokens that a picture counts as. */
export const pictureTokens = 256;
/** Tokens that an earlier stage of a picture counts as. */
export const partialTokens = 100;

/**
 * Equal prompts give equal pictures.
 * @param part of the rows that are drawn, from the top; the others are black
 * @returns base64
 */
export function pictureOf(prompt: string, part = 1): string {
  const [red = 0, green = 0, blue = 0] = hash('sha256', prompt, 'buffer');
  const rows = Array.from({ length: side }, (_, y) => [
    // Each row begins with its filter: none.
    0,
    ...Array.from({ length: side }, (_, x) =>
      y < side * part ? [red, (green + 4 * x) % 256, (blue + 4 * y) % 256] : [0, 0, 0],
    ).flat(),
  ]);
  return encode(Buffer.from(rows.flat())).toString('base64');
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** What the header of a PNG says; undefined = it is none. */
export function pngSize(png: Buffer) {
  if (png.length < 26 || !png.subarray(0, 8).equals(signature)) return undefined;
  // Color types 4 and 6 have an alpha channel.
  return {
    width: png.readUInt32BE(16),
    height: png.readUInt32BE(20),
    hasAlpha: (png.readUInt8(25) & 4) !== 0,
  };
}

/** https://www.w3.org/TR/png-3/ @param pixels rows of 8-bit RGB, each after its filter */
function encode(pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Bit depth 8, color type 2 (RGB).
  header.set([8, 2], 8);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type), data]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(data.length, 0);
  numbers.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([numbers.subarray(0, 4), content, numbers.subarray(4)]);
}
