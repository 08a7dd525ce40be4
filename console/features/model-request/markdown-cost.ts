/**
 * Says whether a text is too costly to draw as Markdown. The parser calls itself for each level of nesting, and its time
 * grows with the square of what may begin or end emphasis, links and pictures, so a hostile answer of a few kilobytes
 * would block the page for minutes. Pure.
 */

/** While a text grows it is parsed again with every piece. */
const charactersMax = { growing: 20_000, whole: 50_000 };
/** A line in more quotes and lists than anybody writes. */
const deeplyNested = /^[ \t]*(?:(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])[ \t]*){33}/m;
const paragraphEnd = /\n[ \t]*\n/;
const marks = /[*_`[\]!<&~]/g;
const marksMax = 1000;

export function isCostlyMarkdown(text: string, isGrowing: boolean): boolean {
  if (text.length > charactersMax[isGrowing ? 'growing' : 'whole'] || deeplyNested.test(text)) return true;
  return text.split(paragraphEnd).some((paragraph) => (paragraph.match(marks)?.length ?? 0) > marksMax);
}
