/** Draws the demo's video: an animated GIF whose colors follow from the prompt. Pure. */
import { hash } from 'node:crypto';

/** Width and height in pixels. */
const side = 64;
const frames = 8;
/** Between two frames, in hundredths of a second. */
const delay = 12;
/** Colors of the palette: one byte of the data is then one pixel. */
const colors = 128;
/** So many pixels fit between two clear codes before a decoder expects longer codes. */
const pixelsBetweenClears = 120;
const clearCode = colors;
const endCode = colors + 1;

const word = (value: number): readonly number[] => [value & 0xff, value >> 8];

/** Equal prompts give equal films. https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
export function filmOf(prompt: string): Buffer {
  const [red = 0, green = 0, blue = 0] = hash('sha256', prompt, 'buffer');
  const palette = Array.from({ length: colors }, (_, at) => [
    (red + 2 * at) % 256,
    (green + at) % 256,
    (blue + 255 - 2 * at) % 256,
  ]).flat();
  return Buffer.concat([
    Buffer.from('GIF89a'),
    // A global palette of 128 colors: 2^(6+1).
    Buffer.from([...word(side), ...word(side), 0xf6, 0, 0, ...palette]),
    // Repeats for ever.
    Buffer.from([0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0]),
    ...Array.from({ length: frames }, (_, at) => frame(at)),
    Buffer.from([0x3b]),
  ]);
}

/** A band of light that moves from frame to frame. */
function frame(at: number): Buffer {
  const shift = (at * side) / frames;
  const pixels = Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    return ((x + shift) % side) + Math.floor(y / 2);
  });
  return Buffer.concat([
    Buffer.from([0x21, 0xf9, 4, 0, ...word(delay), 0, 0]),
    Buffer.from([0x2c, ...word(0), ...word(0), ...word(side), ...word(side), 0]),
    // 7 bits a pixel; codes are one bit longer.
    Buffer.from([7]),
    blocks(codesOf(pixels)),
  ]);
}

/** LZW codes of 8 bits each, which the clear codes keep from growing. */
function codesOf(pixels: readonly number[]): Buffer {
  const codes = pixels.flatMap((pixel, at) =>
    at % pixelsBetweenClears === 0 ? [clearCode, pixel] : [pixel],
  );
  return Buffer.from([...codes, endCode]);
}

/** Data in blocks of at most 255 bytes, and the empty block that ends them. */
function blocks(data: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const part = data.subarray(at, at + 255);
    parts.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}
