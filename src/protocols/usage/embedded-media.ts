/** Recognizes images that a response holds as base64. They are never text. Pure. */

/** Shorter runs may be words. */
const base64CharsMin = 256;
/** Of a run, so much is kept, which shows that there was one. */
const keptChars = 300;
/** JSON writers escape slashes and line ends in base64. */
const base64Run = String.raw`(?:[A-Za-z0-9+/_=-]|\\[/nr]){${base64CharsMin},}`;
const dataUriHead = String.raw`data:[\w.+/-]*(?:;[\w=.+-]*)*,`;
/** A string that is base64, or a data URI; it may have broken off. */
const base64Strings = new RegExp(`"(?:${dataUriHead})?${base64Run}`, 'g');
/** Members whose value is an image. Earlier stages of one (`partial_image_b64`) are no images of their own. */
const imageMembers = new RegExp(
  String.raw`"(?:data|b64_json|result|url|image_url)"\s*:\s*"(?:${dataUriHead})?${base64Run}`,
  'g',
);
const dataUris = new RegExp(dataUriHead + base64Run, 'g');

/** The JSON text with every long base64 string cut short. Bytes without one come back as they are. */
export function withoutBase64(json: Buffer): Buffer {
  const text = json.toString('latin1');
  const short = text.replace(base64Strings, (run) => run.slice(0, keptChars));
  return short.length === text.length ? json : Buffer.from(short, 'latin1');
}

/** How many images the JSON text holds, whole or begun. */
export function imagesIn(json: string): number {
  return json.match(imageMembers)?.length ?? 0;
}

/** Takes the data URIs out of a text, such as those of Markdown images, and counts them. */
export function splitDataUris(text: string): { readonly text: string; readonly images: number } {
  let images = 0;
  const rest = text.replace(dataUris, () => {
    images += 1;
    return '';
  });
  return { text: rest, images };
}
