/** The kinds of pictures that a browser draws without running anything, known by their first bytes. Pure. */

const kinds = [
  { type: 'image/png', extension: 'png', starts: (text: string) => text.startsWith('\x89PNG\r\n\x1a\n') },
  { type: 'image/jpeg', extension: 'jpg', starts: (text: string) => text.startsWith('\xff\xd8\xff') },
  {
    type: 'image/webp',
    extension: 'webp',
    starts: (text: string) => text.startsWith('RIFF') && text.startsWith('WEBP', 8),
  },
  { type: 'image/gif', extension: 'gif', starts: (text: string) => /^GIF8[79]a/.test(text) },
] as const;

export type PictureKind = Pick<(typeof kinds)[number], 'type' | 'extension'>;

/** As many bytes tell the kind. */
export const kindBytes = 12;

/**
 * Whatever a picture is declared to be, its bytes decide.
 * @returns undefined for other bytes, among them SVG, which can hold scripts
 */
export function kindOf(start: Uint8Array): PictureKind | undefined {
  const text = String.fromCharCode(...start.subarray(0, kindBytes));
  return kinds.find(({ starts }) => starts(text));
}

const nameCharactersMax = 48;

/**
 * The name of a downloaded picture, such as `a-fox-in-the-snow-2.png`.
 * @param number from 1; undefined = it is the only one
 */
export function pictureName(prompt: string, kind: PictureKind, number: number | undefined): string {
  const words = prompt.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const text = [...words.join('-')].slice(0, nameCharactersMax).join('').replace(/-$/, '');
  return `${text || 'picture'}${number === undefined ? '' : `-${number}`}.${kind.extension}`;
}
