/** Checks the text of files, where a linter sees syntax. Each rule answers its offences. */
import { matches, type SourceFile } from './source.ts';

export const withoutDocComment = ({ path, text }: SourceFile) =>
  /^(?:#!.*\n)?\/\*\*/.test(text) ? [] : [`${path} does not open with a comment that says what it is for`];

// In two parts, so that this file does not hold the words it looks for.
const loose = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b.*`, 'g');
export const looseEnds = (file: SourceFile) => matches(file, file.text, loose);

/** A path of one machine, quoted or bare; paths below a URL's host do not count. */
export const machinePaths = (file: SourceFile) =>
  matches(file, file.text, /(?<![\w.:/*~}-])\/(?:work|home|root|Users|mnt)\/\w[^\s'"`]*/g);

const assignedFunction =
  /^\s*[\w.#]+\.#?\w+ (?:\?\?|\|\||&&)?= (?:async )?(?:function\b|\([^)]*\)(?:: [^=]+)? =>|\w+ =>)/;

/**
 * Functions that are written where they are assigned to a property. V8 allocates such a function in the old generation,
 * where it outlives its request, with all that it refers to, until the next full collection.
 */
export function pretenuredFunctions({ path, text }: SourceFile): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (assignedFunction.test(line) ? [`${path}:${index + 1}: name it first`] : []));
}
