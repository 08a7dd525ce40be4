/** VitePress's default theme in the colours of the console, with a link to the Markdown of each page. */
import { type Theme, useData, withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { defineComponent, h } from 'vue';
import '../../../console/styles/tokens.css';
import './site.css';

const MarkdownLink = defineComponent(() => {
  const { page } = useData();
  return () =>
    h('p', { class: 'page-actions' }, [
      // With a target the router leaves it to the browser: it is a file and no page.
      h('a', { href: withBase(`/${page.value.relativePath}`), target: '_self' }, 'This page as Markdown'),
    ]);
});

/** What the three steps of a gateway look like, beside the heading of the home page. */
const steps: readonly (readonly [comment: string, lines: readonly string[]])[] = [
  ['# start it, with a demo model built in', ['npm ci && npm start']],
  ['# give each program a key of its own', ['halley keys create my-program --quota-usd 5']],
  [
    '# only base URL and key change in it',
    ['client = OpenAI(', '    base_url="http://127.0.0.1:8787/v1",', '    api_key="sk-...")'],
  ],
  ['# and end it: no request after this one', ['halley keys delete 1']],
];

const Steps = () =>
  h('pre', { class: 'home-steps', tabindex: 0, 'aria-label': 'Four steps' }, [
    h(
      'code',
      steps.flatMap(([comment, lines]) => [h('span', comment), `\n${lines.join('\n')}\n\n`]),
    ),
  ]);

const theme: Theme = {
  extends: DefaultTheme,
  Layout: defineComponent(
    () => () =>
      h(DefaultTheme.Layout, null, {
        'doc-footer-before': () => h(MarkdownLink),
        'home-hero-image': () => h(Steps),
      }),
  ),
};

export default theme;
