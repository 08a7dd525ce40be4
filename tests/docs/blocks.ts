/** The code blocks of the documentation. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Block {
  /** Path of the page, from the root of the checkout. */
  readonly page: string;
  /** Of its first line, counted from 1. */
  readonly line: number;
  /** Empty = the page names none. */
  readonly language: string;
  readonly text: string;
  /** Why the block is not run, as the page says above it. */
  readonly notRun: string | undefined;
  /** It does not end by itself: the page says so above it. */
  readonly endless: boolean;
  /** It stands right below the block before it, as the output of a command does. */
  readonly below: boolean;
}

/** Pages for people: not the decisions, which show no commands to paste. */
export const pages: readonly string[] = [
  'README.md',
  ...globSync('docs/{tutorial,guides,reference,explanation}/*.md', { cwd: root }).sort(),
];

const reason = /<!-- not run: (.+?) -->/s;
const endless = '<!-- runs until it is stopped -->';
const fence = /^( *)```(\w*)[^\n]*\n(.*?)^\1```$/gms;

export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  let from = 0;
  return [...text.matchAll(fence)].map((match) => {
    const [whole, indent = '', language = '', body = ''] = match;
    const between = text.slice(from, match.index).trim();
    const above = between.split(/\n\s*\n/).at(-1) ?? '';
    const below = from > 0 && between === '';
    from = match.index + whole.length;
    return {
      page,
      line: text.slice(0, match.index).split('\n').length + 1,
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      notRun: reason.exec(above)?.[1],
      endless: above.includes(endless),
      below,
    };
  });
}

/** @returns the block that shows what a command writes: the text right below it, if the page has one */
export function outputOf(block: Block, blocks: readonly Block[]): Block | undefined {
  const next = blocks[blocks.indexOf(block) + 1];
  return next?.below && next.page === block.page && ['text', 'json'].includes(next.language)
    ? next
    : undefined;
}

/** The text of a page without its blocks. */
export const proseOf = (page: string): string => readFileSync(join(root, page), 'utf8').replaceAll(fence, '');
