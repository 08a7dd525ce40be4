/** Foreign text inside a sentence, so that neither its letters nor its direction marks turn the sentence around. */

const firstStrongIsolate = '\u2068';
const popIsolate = '\u2069';

/** For titles and labels, where no `<bdi>` can stand. */
export function isolated(text: string): string {
  return `${firstStrongIsolate}${text}${popIsolate}`;
}
