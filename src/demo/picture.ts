/** Draws the demo's picture: a PNG whose colors follow from the prompt. Pure. */
import { hash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** Width and height in pixels. */
const side = 64;
/** Tokens that a picture counts as. */
export const pictureTokens = 256;

/** Equal prompts give equal pictures. @returns base64 */
export function pictureOf(prompt: string): string {
  const [red = 0, green = 0, blue = 0] = hash('sha256', prompt, 'buffer');
  const rows = Array.from({ length: side }, (_, y) => [
    // Each row begins with its filter: none.
    0,
    ...Array.from({ length: side }, (_, x) => [red, (green + 4 * x) % 256, (blue + 4 * y) % 256]).flat(),
  ]);
  return encode(Buffer.from(rows.flat())).toString('base64');
}

/** https://www.w3.org/TR/png-3/ @param pixels rows of 8-bit RGB, each after its filter */
function encode(pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Bit depth 8, color type 2 (RGB).
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
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
