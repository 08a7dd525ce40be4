/** How Markdown becomes a page: what looks like an element or like an expression of Vue is text. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createMarkdownRenderer, type MarkdownRenderer } from 'vitepress';
import { rewriteLinks } from '../../site/build/links.ts';
import { markdownOptions } from '../../site/build/markdown.ts';
import { nonEmpty } from '../support/non-empty.ts';

let md: MarkdownRenderer;
before(async () => {
  md = await createMarkdownRenderer(import.meta.dirname, markdownOptions, '/docs/');
});

test('expressions of Vue are text, in prose, code, headings, tables and links', () => {
  const samples = [
    'Write {{ value }} there.',
    'Write `{{ value }}` there.',
    '## On {{ value }}',
    '| a |\n|---|\n| {{ value }} and `{{ value }}` |',
    '[{{ value }}](https://example.com)',
    '    {{ value }}',
  ];
  for (const sample of nonEmpty(samples)) {
    const html = md.render(sample);
    assert.match(html, /value/);
    // Attributes, and what is in `v-pre`, Vue leaves alone.
    const read = html.replaceAll(/<pre[^>]* v-pre[\s\S]*?<\/pre>/g, '').replaceAll(/"[^"]*"/g, '');
    assert.doesNotMatch(read, /\{\{/, html);
  }
  assert.match(md.render('```yaml\nname: {{ value }}\n```'), /<pre [^>]*v-pre/);
});

test('what looks like an element is text, unless it is one of those that documents use', () => {
  assert.match(md.render('Replace <name> by yours.'), /Replace &lt;name&gt; by yours/);
  assert.match(md.render('<Component>\n\nText'), /&lt;Component&gt;/);
  assert.match(md.render("<script>alert('x')</script>\n\nText"), /&lt;script&gt;/);
  assert.match(md.render('<img src=x onerror="alert(1)">'), /&lt;img/);
  assert.match(md.render('<a id="x" onclick="alert(1)"></a>'), /&lt;a id/);
  assert.match(md.render('<a id="invalid_api_key"></a>`code`'), /<a id="invalid_api_key"><\/a><code>/);
  assert.match(md.render('Press <kbd>Ctrl</kbd>.<br>Then wait.'), /<kbd>Ctrl<\/kbd>\.<br>/);
  assert.doesNotMatch(md.render('<!-- Generated -->\n\nText'), /&lt;!--/);
});

test('braces after a word, names of files and words between colons stay as they are', () => {
  assert.match(md.render('Call DELETE /api/token/{id}'), /\/api\/token\/\{id\}/);
  assert.match(md.render('See clients.md and halley.sh.'), /See clients\.md and halley\.sh/);
  assert.match(md.render('The fields :id: and :smile:'), /:id: and :smile:/);
});

test('anchors are those of code hosts, so that links work there and here', () => {
  assert.match(md.render('## `http.cors_origins`, and more'), /id="httpcors_origins-and-more"/);
  assert.match(
    md.render('## 3. Über Größe\n\n## 3. Über Größe'),
    /id="3-über-größe"[\s\S]*id="3-über-größe-1"/,
  );
});

test('links to pages stay, with the title of the page in place of its file; other files of the repository are named', () => {
  const resolve = (target: string, anchor: string) =>
    target === 'docs/reference/cli.md'
      ? { address: `../reference/cli.md${anchor}`, title: 'Command line' }
      : undefined;
  const rewrite = (text: string) => rewriteLinks(text, 'docs/guides/mcp.md', resolve);
  assert.equal(rewrite('See [cli.md](../reference/cli.md).'), 'See [Command line](../reference/cli.md).');
  assert.equal(rewrite('[exit](../reference/cli.md#exit-codes)'), '[exit](../reference/cli.md#exit-codes)');
  assert.equal(
    rewrite('[the unit](../../deploy/systemd/halley.service)'),
    'the unit (`deploy/systemd/halley.service`)',
  );
  assert.equal(rewrite('[Dockerfile](../../Dockerfile)'), 'Dockerfile');
  assert.equal(
    rewrite('[a](https://example.com/x.md), [b](#here)'),
    '[a](https://example.com/x.md), [b](#here)',
  );
  const code = '```sh\necho "[a](../none.md)"\n```';
  assert.equal(rewrite(code), code);
});
