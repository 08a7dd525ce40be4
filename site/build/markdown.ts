/** What the site does to Markdown beyond VitePress: anchors as code hosts make them, foreign markup as text, framed tables. */
import type { MarkdownOptions, MarkdownRenderer } from 'vitepress';

/** The anchors of a code host: letters, digits, `-` and `_`, in small letters. */
function slugify(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Comments, and elements that documents use. All else that looks like an element is text, such as `<name>`. */
const allowed =
  /^(?:<!--[\s\S]*?-->|<a id="[\w.-]+">|<(?:br|wbr) ?\/?>|<\/?(?:kbd|sub|sup|details|summary)>|<\/a>|\s)*$/;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A page is compiled as a template of Vue, which would read these as expressions. */
const escapeBraces = (html: string): string =>
  html.replaceAll('{{', '&#123;&#123;').replaceAll('}}', '&#125;&#125;');

const markup = (text: string): string => escapeBraces(allowed.test(text) ? text : escapeHtml(text));

function configure(md: MarkdownRenderer): void {
  // `clients.md` in a sentence is no host of Moldova, and `:id:` no picture.
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  md.core.ruler.disable('emoji');
  const { rules } = md.renderer;
  rules.text = (tokens, index) => escapeBraces(escapeHtml(tokens[index]?.content ?? ''));
  rules.code_inline = (tokens, index) =>
    `<code>${escapeBraces(escapeHtml(tokens[index]?.content ?? ''))}</code>`;
  rules.code_block = (tokens, index) =>
    `<pre tabindex="0"><code>${escapeBraces(escapeHtml(tokens[index]?.content ?? ''))}</code></pre>\n`;
  rules.html_inline = (tokens, index) => {
    const token = tokens[index];
    // The mark of an anchor is VitePress's own.
    return token?.meta?.isPermalinkSymbol ? token.content : markup(token?.content ?? '');
  };
  rules.html_block = (tokens, index) => {
    const text = tokens[index]?.content ?? '';
    return allowed.test(text) ? markup(text) : `<p>${markup(text)}</p>`;
  };
  // A table that is wider than the page scrolls in a frame, which the keyboard can reach.
  rules.table_open = () => '<div class="table-frame" role="group" aria-label="Table" tabindex="0"><table>\n';
  rules.table_close = () => '</table></div>\n';
}

export const markdownOptions: MarkdownOptions = {
  anchor: { slugify },
  attrs: { disable: true },
  // In the same tab, and without a mark of its own: the pages of a gateway lead elsewhere rarely.
  externalLinks: { rel: 'noreferrer' },
  theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  config: configure,
};
