/** The built documentation: every address in it leads somewhere, and every page is there in each of its forms. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { before, test } from 'node:test';
import { errorCatalogue } from '../../src/platform/errors.ts';
import { version } from '../../src/platform/version.ts';
import { buildSite } from '../console/built-pages.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { type BuiltPage, builtDirectory, readBuiltPages } from './html.ts';

let pages: readonly BuiltPage[];
before(async () => {
  await buildSite();
  pages = readBuiltPages();
});

const read = (name: string) => readFileSync(join(builtDirectory, name), 'utf8');
/** The page for what is not found is drawn in the browser, and the frame is part of a page. */
const ofText = () => pages.filter(({ name }) => !['404.html', 'reference/api-frame.html'].includes(name));
/** Pages that are made from Markdown. */
const fromMarkdown = () => ofText().filter(({ name }) => name !== 'reference/api.html');

/** What the gateway serves beside the documentation. */
const elsewhere: ReadonlySet<string> = new Set(['/api/openapi.json']);

/** @returns why an address of a page leads nowhere; undefined = it leads somewhere */
function faultOf(from: BuiltPage, address: string): string | undefined {
  const url = new URL(address, `http://gateway${from.path}`);
  if (url.origin !== 'http://gateway') return /^https?:$/.test(url.protocol) ? undefined : 'a strange scheme';
  if (elsewhere.has(url.pathname)) return undefined;
  const name = url.pathname.replace(/^\/docs\//, '');
  const page = pages.find(({ path }) => path === url.pathname);
  if (!page) return existsSync(join(builtDirectory, name)) ? undefined : 'nothing is there';
  const anchor = decodeURIComponent(url.hash.slice(1));
  return anchor === '' || page.ids.has(anchor) ? undefined : 'it has no such anchor';
}

test('every link, anchor, picture, script and style of every page is there', () => {
  const faults = [...nonEmpty(pages)].flatMap((page) =>
    [...new Set(page.addresses)].flatMap((address) => {
      const fault = faultOf(page, address);
      return fault === undefined ? [] : [`${page.name}: ${address}: ${fault}`];
    }),
  );
  assert.deepEqual(faults, []);
  const [page] = pages;
  assert.ok(page);
  for (const wrong of ['/docs/none', '/docs/reference/errors#none', '../none.png', 'javascript:void(0)'])
    assert.notEqual(faultOf(page, wrong), undefined, wrong);
});

test('every page has one first heading, a title of its own and a description', () => {
  for (const { name, html } of nonEmpty(ofText())) {
    assert.equal([...html.matchAll(/<h1[\s>]/g)].length, 1, name);
    assert.match(html, /<title>[^<]+ · Halley<\/title>/, name);
    assert.match(html, /<meta name="description" content="[^"]+"/, name);
  }
  const titles = fromMarkdown().map(({ html }) => /<title>([^<]+)/.exec(html)?.[1]);
  assert.equal(new Set(titles).size, titles.length);
});

test('what looks like an expression of Vue stands in the page as it was written, and no page loads from elsewhere', () => {
  for (const { name } of nonEmpty(fromMarkdown())) {
    const shown = read(name)
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
    const written = read(name.replace(/\.html$/, '.md')).match(/\{\{[^{}<>\n]*\}\}/g) ?? [];
    for (const expression of maybeEmpty(written))
      assert.ok(shown.includes(expression), `${name}: ${expression}`);
  }
  for (const { name, html } of nonEmpty(pages)) {
    assert.doesNotMatch(html.replaceAll(/<(pre|code)[\s\S]*?<\/\1>/g, ''), /&lt;!--/, name);
    assert.doesNotMatch(html, /<(?:script|link|img|iframe)[^>]*\s(?:src|href)="(?:https?:)?\/\//, name);
  }
});

test('the pages show the version, and each code of the catalogue has its anchor', () => {
  const errors = pages.find(({ name }) => name === 'reference/errors.html');
  assert.ok(errors, 'there is a page of errors');
  assert.ok(errors.html.includes(`v${version}`));
  for (const code of nonEmpty(Object.keys(errorCatalogue))) assert.ok(errors.ids.has(code), code);
});

test('each document of the repository is a page, also as Markdown whose links lead somewhere', () => {
  const root = join(builtDirectory, '../..');
  for (const source of nonEmpty(globSync('docs/*/*.md', { cwd: root }))) {
    const path = source.replace(/^docs\//, '').replace(/README\.md$/, 'index.md');
    assert.ok(existsSync(join(builtDirectory, path.replace(/\.md$/, '.html'))), source);
  }
  for (const { name } of nonEmpty(fromMarkdown())) {
    const markdown = name.replace(/\.html$/, '.md');
    const text = read(markdown);
    assert.match(text, /^# \S/, markdown);
    const prose = text.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '');
    for (const [, target = ''] of maybeEmpty([...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)])) {
      if (/^(?:[a-z]+:|\/)/.test(target)) continue;
      const path = posix.join(posix.dirname(markdown), target);
      const isThere = [path, `${path}.html`].some((file) => existsSync(join(builtDirectory, file)));
      assert.ok(isThere, `${markdown}: ${target}`);
    }
  }
});

test('llms.txt has the form of llmstxt.org and lists every page, and llms-full.txt holds them', () => {
  const list = read('llms.txt');
  assert.match(list, /^# Halley\n\n> [^\n]+\n\n/);
  const links = [...list.matchAll(/^- \[[^\]]+\]\((\/docs\/[^)]+\.md)\)(?:: .+)?$/gm)].map(
    ([, path]) => path,
  );
  const expected = fromMarkdown().map(({ name }) => `/docs/${name.replace(/\.html$/, '.md')}`);
  assert.deepEqual(links.toSorted(), expected.toSorted());
  const whole = read('llms-full.txt');
  for (const { name } of nonEmpty(fromMarkdown()))
    assert.ok(whole.includes(read(name.replace(/\.html$/, '.md')).trim()), name);
});

test('search, scripts and pages have the size of documents', (t) => {
  const sizeOf = (pattern: string) =>
    globSync(pattern, { cwd: builtDirectory })
      .filter((name) => statSync(join(builtDirectory, name)).isFile())
      .reduce((sum, name) => sum + statSync(join(builtDirectory, name)).size, 0);
  const sizes = {
    'compressed, all': sizeOf('**/*.gz'),
    'compressed, API reference': sizeOf('assets/frame/*.gz'),
    'compressed, search index': sizeOf('assets/chunks/@localSearchIndex*.gz'),
    'compressed, scripts of every page': sizeOf('assets/{app,chunks/{framework,theme,metadata}}.*.gz'),
    'compressed, styles': sizeOf('assets/style.*.gz'),
  };
  for (const [what, bytes] of Object.entries(sizes)) t.diagnostic(`${what}: ${(bytes / 1000).toFixed(0)} kB`);
  assert.ok(sizes['compressed, all'] < 3_000_000, `${sizes['compressed, all']} bytes`);
  assert.ok(sizes['compressed, scripts of every page'] < 120_000);
});
