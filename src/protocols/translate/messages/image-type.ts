/** Tells the type of an image by its first bytes: the API compares them with the declared type (section 4). Pure. */

const longestSignature = 16;

/** @returns one of the types that the API takes; undefined = none of them [TA Base64ImageSource] */
export function imageTypeOf(base64: string): string | undefined {
  const start = Buffer.from(base64.slice(0, longestSignature * 2), 'base64').toString('latin1');
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('GIF8')) return 'image/gif';
  return start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP' ? 'image/webp' : undefined;
}
