/** What every file must look like beyond what the formatter can say. Each rule answers its offences. */
import { codeOf, matches, type SourceFile } from './source.ts';

const fileLinesMax = 400;
const functionLinesMax = 80;

export function tooLong(file: SourceFile): string[] {
  const lines = file.text.split('\n').length - 1;
  return lines > fileLinesMax ? [`${file.path} has ${lines} lines; at most ${fileLinesMax}`] : [];
}

/** How a line looks that opens a function: a declaration, a method or an arrow with a body. */
const opensFunction = /(?:\bfunction\b.*|=>\s*|^\s*[\w#$<>, ]+\(.*\).*|^\s*\).*)\{$/;
const opensOther = /^\s*(?:\}\s*)?(?:if|for|while|switch|else|do|try|catch|finally)\b/;

/** Goes by the formatter's layout: what a line opens, the next `}` of the same indentation closes. */
export function longFunctions(file: SourceFile): string[] {
  const lines = codeOf(file.text).split('\n');
  return lines.flatMap((line, start) => {
    if (!opensFunction.test(line) || opensOther.test(line)) return [];
    const indent = line.length - line.trimStart().length;
    const length = lines.slice(start).findIndex((other) => other.startsWith(`${' '.repeat(indent)}}`)) + 1;
    return length > functionLinesMax
      ? [`${file.path}:${start + 1}: a function of ${length} lines; at most ${functionLinesMax}`]
      : [];
  });
}

export const withoutDocComment = ({ path, text }: SourceFile) =>
  /^(?:#!.*\n)?\/\*\*/.test(text) ? [] : [`${path} does not open with a comment that says what it is for`];

// In two parts, so that this file does not hold the words it looks for.
const loose = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b.*`, 'g');
export const looseEnds = (file: SourceFile) => matches(file, file.text, loose);

export const defaultExports = (file: SourceFile) =>
  matches(file, codeOf(file.text), /^export default\b.*|\bas default\b/gm);

/** A path of one machine, quoted or bare; paths below a URL's host do not count. */
export const machinePaths = (file: SourceFile) =>
  matches(file, file.text, /(?<![\w.:/*~}-])\/(?:work|home|root|Users|mnt)\/\w[^\s'"`]*/g);
