/** Gives pages a Chinese font, which the tests' browser lacks. Users have one in their system. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BrowserContext } from 'playwright-core';

const font = join(import.meta.dirname, '../../node_modules/@fontsource-variable/noto-sans-sc');
const folder = '/console/assets/test-font';

/**
 * Serves the font from the gateway's own origin, as the pages' policy demands, and links it into every page. A browser
 * whose requests are intercepted caches nothing, so do it for pages in Chinese only.
 */
export async function serveChineseFont(context: BrowserContext, origin: string): Promise<void> {
  const sheet = readFileSync(join(font, 'index.css'), 'utf8')
    // The name by which the pages' style sheet asks for it.
    .replaceAll('Noto Sans SC Variable', 'Noto Sans SC')
    // Text that waits for its font is not drawn in another one first.
    .replaceAll('font-display: swap', 'font-display: block');
  await context.route(`${origin}${folder}/**`, (route) => {
    const name = basename(new URL(route.request().url()).pathname);
    return name === 'index.css'
      ? route.fulfill({ contentType: 'text/css; charset=utf-8', body: sheet })
      : route.fulfill({ contentType: 'font/woff2', body: readFileSync(join(font, 'files', name)) });
  });
  // In the page from its beginning: what is drawn before its letters are known stays blank.
  await context.route(`${origin}/console{,/**}`, async (route) => {
    if (route.request().resourceType() !== 'document') return route.fallback();
    const response = await route.fetch();
    const html = await response.text();
    const link = `<link rel="stylesheet" href="${folder}/index.css">`;
    return route.fulfill({ response, body: html.replace('</head>', `${link}</head>`) });
  });
}
