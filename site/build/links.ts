/** Rewrites the relative links of a document for the place where its copy stands. */
import { posix } from 'node:path';

interface Resolved {
  readonly address: string;
  /** The title of the page; undefined = it is none of the site. */
  readonly title?: string | undefined;
}

/**
 * @param target the path in the repository that a link leads to, and its anchor
 * @returns the address to write; undefined = nothing is served for it, and the text stands without a link
 */
export type LinkResolver = (target: string, anchor: string) => Resolved | undefined;

const link = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g;
const fence = /^\s*(`{3,}|~{3,})/;

/** @param source the path of the document in the repository */
export function rewriteLinks(text: string, source: string, resolve: LinkResolver): string {
  let open: string | undefined;
  const lines = text.split('\n').map((line) => {
    const mark = fence.exec(line)?.[1];
    if (mark !== undefined && (open === undefined || line.trim() === open)) {
      open = open === undefined ? mark : undefined;
      return line;
    }
    return open === undefined ? rewriteLine(line, source, resolve) : line;
  });
  return lines.join('\n');
}

function rewriteLine(line: string, source: string, resolve: LinkResolver): string {
  return line.replaceAll(link, (whole, image: string, words: string, address: string) => {
    if (/^(?:[a-z][\w+.-]*:|#|\/)/i.test(address)) return whole;
    const [path = '', anchor = ''] = address.split(/(?=#)/, 2);
    const target = posix.join(posix.dirname(source), path).replace(/\/$/, '');
    const resolved = resolve(target, anchor);
    if (resolved !== undefined) {
      // A reader of a code host sees files, a reader of the site sees pages.
      const shown = words === posix.basename(target) && anchor === '' ? (resolved.title ?? words) : words;
      return `${image}[${shown}](${resolved.address})`;
    }
    const isNamed = words.includes(posix.basename(target));
    return isNamed ? words : `${words} (\`${target}\`)`;
  });
}
