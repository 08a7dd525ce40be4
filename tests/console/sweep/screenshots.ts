/**
 * `npm run console:screenshots -- DIR`: pictures of every page and state on the demo data, in three widths and two themes,
 * and at the widest in every language, with an `index.html` that shows them all.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Visit } from '../../support/browser.ts';
import { openConsole } from '../rig.ts';
import { type Known, knownOf, type Place, places } from './places.ts';
import { enterPlace } from './visit-place.ts';

const widths = [1440, 1024, 360] as const;
const themes = ['light', 'dark'] as const;
const translations = ['zh-CN', 'de'] as const;

type Locale = 'en' | (typeof translations)[number];

const [directory, only = ''] = process.argv.slice(2);

/** Draws a place as it now stands. A dialog is as tall as the window; other pages are drawn whole. */
async function draw({ page }: Visit, into: string, name: string): Promise<string> {
  // The font comes in pieces; what is drawn before its own has come stays blank until it is laid out anew.
  await page.evaluate(`document.fonts.load('14px "Noto Sans SC"', document.body.innerText).then(() => {
    document.body.style.fontFamily = 'monospace';
    document.body.offsetHeight;
    document.body.style.fontFamily = '"Open Sans", "Noto Sans SC"';
  })`);
  const fullPage = (await page.locator('[role=dialog], [role=alertdialog]').count()) === 0;
  await page.screenshot({ path: join(into, `${name}.png`), fullPage, animations: 'disabled' });
  return `${name}.png`;
}

async function drawInEnglish(visit: Visit, place: Place, known: Known, into: string): Promise<string[]> {
  await enterPlace(visit, place, known);
  const files: string[] = [];
  for (const width of place.width === undefined ? widths : [place.width]) {
    await visit.page.setViewportSize({ width, height: width < 600 ? 780 : 900 });
    for (const colorScheme of themes) {
      await visit.page.emulateMedia({ colorScheme });
      files.push(await draw(visit, into, `${place.name}-${width}-${colorScheme}`));
    }
  }
  await visit.page.emulateMedia({ colorScheme: 'light' });
  return files;
}

async function drawAll(into: string): Promise<void> {
  const { gateway, browser, root, close } = await openConsole({ isSeeded: true });
  const ends: (() => unknown)[] = [];
  const t = { after: (end: unknown) => void ends.push(end as () => unknown) };
  /** One window for each language and account. */
  const windows = new Map<string, Promise<Visit>>();
  const windowOf = (locale: Locale, isSignedOut = false): Promise<Visit> => {
    const options = { locale, account: isSignedOut ? null : root, hasChineseFont: true };
    return windows.getOrInsertComputed(`${locale} ${isSignedOut}`, () => browser.visit(t, gateway, options));
  };
  try {
    const known = await knownOf(gateway);
    const rows: string[] = [];
    for (const place of places.filter(({ name }) => name.startsWith(only))) {
      const english = await windowOf('en', place.isSignedOut);
      const files = await drawInEnglish(english, place, known, into);
      for (const locale of translations) {
        const translated = await windowOf(locale, place.isSignedOut);
        await enterPlace(translated, place, known);
        files.push(await draw(translated, into, `${place.name}-${locale}`));
      }
      rows.push(row(place.name, files));
      process.stdout.write(`${place.name}: ${files.length}\n`);
    }
    for (const end of ends) await end();
    writeFileSync(join(into, 'index.html'), indexOf(rows));
  } finally {
    await close();
  }
}

const row = (name: string, files: readonly string[]) =>
  `<h2 id="${name}">${name}</h2><div>${files
    .map(
      (file) =>
        `<a href="${file}"><img loading="lazy" src="${file}" alt="">${file.slice(name.length + 1, -4)}</a>`,
    )
    .join('')}</div>`;

const indexOf = (rows: readonly string[]) => `<!doctype html><meta charset="utf-8"><title>The console</title>
<style>body{font:14px system-ui;margin:24px}div{display:flex;flex-wrap:wrap;gap:16px}a{display:grid;gap:4px}
img{height:280px;max-width:450px;object-fit:cover;object-position:top;border:1px solid #8888}</style>
${rows.join('\n')}
`;

if (directory === undefined) {
  process.stderr.write('Usage: npm run console:screenshots -- DIRECTORY [BEGINNING OF NAMES]\n');
  process.exitCode = 2;
} else {
  mkdirSync(resolve(directory), { recursive: true });
  await drawAll(resolve(directory));
}
