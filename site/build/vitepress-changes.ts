/** What the pages need VitePress to do otherwise. A version of it that looks different fails the build. */
import type { Plugin } from 'vitepress';

interface Change {
  readonly file: RegExp;
  readonly from: RegExp;
  readonly to: string;
}

const changes: readonly Change[] = [
  {
    // A page that cannot be loaded, since a newer version runs, is opened anew. VitePress would fetch a list of pages,
    // and the policy allows no connection. The first page that a browser opens is what the gateway has sent.
    file: /vitepress[\\/]dist[\\/]client[\\/]app[\\/]router\.js/,
    from: /const res = await fetch\([^)]*'hashmap\.json'\);\s*window\.__VP_HASH_MAP__ = await res\.json\(\);/,
    to: "if (route.component) location.reload(); throw new Error('fetch');",
  },
  {
    // Pages of the usual layout have a landmark; the home page and the page for what is not found have none.
    file: /theme-default[\\/]components[\\/]VPContent\.vue$/,
    from: /id="VPContent"/,
    to: 'id="VPContent" :role="frontmatter.layout === \'home\' || page.isNotFound ? \'main\' : undefined"',
  },
];

export const vitepressChanges: Plugin = {
  name: 'vitepress-changes',
  enforce: 'pre',
  transform(code, id) {
    const change = changes.find(({ file }) => file.test(id));
    if (!change) return null;
    if (!change.from.test(code)) throw new Error(`VitePress has changed: ${id}`);
    return { code: code.replace(change.from, change.to), map: null };
  },
};
