/** How VitePress makes the documentation: navigation from the folders of `docs/`, offline search, no foreign origins. */
import { type DefaultTheme, defineConfig } from 'vitepress';
import { markdownOptions } from '../build/markdown.ts';
import { groupPages, sections } from '../build/navigation.ts';
import { apiReference, readManifest, readPages, repositoryUrl } from '../build/stage.ts';
import { vitepressChanges } from '../build/vitepress-changes.ts';

const manifest = readManifest();
const repository = repositoryUrl(manifest);
const pages = readPages();
const linkOf = (path: string) => `/${path.replace(/(?:index)?\.md$/, '')}`;
const isThere = (path: string) => pages.some((page) => page.path === path);
const api = { text: 'API reference', link: `/${apiReference}`, target: '_self' };

const served = sections.filter(({ folder }) => isThere(`${folder}/index.md`));
const main = served.filter(({ folder }) => folder !== 'decisions');

const beside = ['decisions/index.md', 'changelog.md', 'contributing.md'].flatMap((path) => {
  const page = pages.find((each) => each.path === path);
  return page ? [{ text: page.title, link: linkOf(path) }] : [];
});

function sidebar(): DefaultTheme.SidebarMulti {
  return Object.fromEntries(
    served.map((section) => {
      const { folder, title } = section;
      const inside = pages.filter((page) => page.folder === folder && page.name !== 'index');
      const groups = groupPages(section, inside).map(({ title: text, pages: listed }) => ({
        text,
        items: listed.map((page) => ({ text: page.title, link: linkOf(page.path) })),
      }));
      const extra = folder === 'reference' ? [api] : [];
      const [first] = groups;
      const head = { text: title, link: `/${folder}/` };
      // One group needs no heading beside that of the section.
      const isOne = first !== undefined && groups.length === 1;
      const shown = isOne ? [{ ...head, items: first.items }] : [{ ...head, items: extra }, ...groups];
      return [`/${folder}/`, shown];
    }),
  );
}

export default defineConfig({
  lang: 'en',
  title: 'Halley',
  titleTemplate: ':title · Halley',
  description: manifest.description,
  base: '/docs/',
  srcDir: 'staged',
  outDir: 'dist',
  cacheDir: '../node_modules/.cache/vitepress',
  cleanUrls: true,
  // The browser must not be asked to connect to anything, and each page then has the same inline scripts.
  router: { prefetchLinks: false },
  metaChunk: true,
  ignoreDeadLinks: [/\/api$/, /^\.\/api$/],
  // The console keeps the choice of a theme under this name.
  // It would turn transitions off by a style of its own, which the policy forbids.
  appearance: { storageKey: 'halley.theme', disableTransition: false },
  transformHtml: (html) => html.replaceAll('vitepress-theme-appearance', 'halley.theme'),
  head: [
    ['link', { rel: 'icon', href: '/docs/icon.svg', type: 'image/svg+xml' }],
    ['meta', { name: 'robots', content: 'noindex' }],
  ],
  markdown: markdownOptions,
  vite: {
    configFile: false,
    plugins: [vitepressChanges],
    logLevel: 'warn',
    publicDir: '../../console/public',
    build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 4000, modulePreload: { polyfill: false } },
  },
  themeConfig: {
    logo: { src: '/icon.svg', alt: '' },
    siteTitle: 'Halley docs',
    outline: { level: [2, 3], label: 'On this page' },
    search: { provider: 'local', options: { detailedView: 'auto' } },
    nav: [
      ...main.map(({ folder, title }) => ({
        text: title,
        link: `/${folder}/`,
        activeMatch: `^/${folder}/`,
      })),
      { ...api, text: 'API' },
      { text: `v${manifest.version}`, items: beside },
    ],
    sidebar: sidebar(),
    externalLinkIcon: false,
    ...(repository === undefined
      ? {}
      : {
          editLink: { text: 'Edit this page', pattern: `${repository}/edit/HEAD/docs/:path` },
        }),
  },
});
