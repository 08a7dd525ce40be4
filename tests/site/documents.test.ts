/** The documents as files, which people read on a code host too: their links lead to files and headings that are there. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { nonEmpty } from '../support/non-empty.ts';

const root = join(import.meta.dirname, '../..');
const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })];

/** Without code, which may look like links or headings. */
const proseOf = (file: string) =>
  readFileSync(join(root, file), 'utf8')
    .replaceAll(/^( *)(`{3,}|~{3,})[\s\S]*?^\1\2$/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '');

/** The anchors of a document, as code hosts make them of its headings, and those that it sets itself. */
function anchorsOf(file: string): ReadonlySet<string> {
  const prose = proseOf(file);
  const seen = new Map<string, number>();
  const headings = [...prose.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set([...headings, ...[...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

/** @returns why a link leads nowhere; undefined = it leads somewhere */
function faultOf(file: string, link: string): string | undefined {
  if (/^[a-z][\w+.-]*:/i.test(link)) return undefined;
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? file : posix.join(posix.dirname(file), path);
  if (!existsSync(join(root, target))) return 'no such file';
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : 'no such heading';
}

test('every link of the documents leads to a file or heading of the repository', () => {
  const faults = [...nonEmpty(files)].flatMap((file) => {
    const prose = proseOf(file).replaceAll(/`[^`\n]*`/g, '');
    return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      const fault = faultOf(file, link);
      return fault === undefined ? [] : [`${file}: ${link}: ${fault}`];
    });
  });
  assert.deepEqual(faults, []);
  for (const wrong of ['none.md', 'docs/README.md#none', '#none'])
    assert.notEqual(faultOf('README.md', wrong), undefined, wrong);
});
