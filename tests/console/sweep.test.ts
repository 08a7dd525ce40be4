/**
 * One sweep over the pages and states of the console: accessibility, zoom, forced colours, motion, spacing, languages. The
 * long form, `npm run test:sweep`, looks at every state in both themes; the short form at every page and a third of its
 * further states, each in one theme, in turn.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Visit } from '../support/browser.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { startConsoleRig } from './rig.ts';
import { inPage } from './sweep/in-page.ts';
import { type Known, knownOf, type Place, places } from './sweep/places.ts';
import { enterPlace } from './sweep/visit-place.ts';

const rig = startConsoleRig({ isSeeded: true });
let found: Promise<Known> | undefined;

function known(): Promise<Known> {
  found ??= knownOf(rig.gateway);
  return found;
}

/** 1280 x 1024 pixels at 400 % (WCAG 1.4.10). */
const zoomed = { width: 320, height: 256 };

const schemes = ['light', 'dark'] as const;

const isLong = process.env.SWEEP === 'long';

function themesOf(index: number): readonly (typeof schemes)[number][] {
  return schemes.filter((_, at) => isLong || at === index % 2);
}

/** Further rows of a table have the same markup as the first ones, and axe looks at each. */
const fewRows = 'tbody tr:nth-child(n+7) { display: none !important }';

/** A style sheet of the script's own is not subject to the policy that forbids inline styles. */
const addStyles = (rules: string) => `(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('${rules}');
  document.adoptedStyleSheets.push(sheet);
})()`;

/** WCAG 1.4.12. */
const spaceTexts = addStyles(
  '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }',
);

/**
 * Looks at a place in every way.
 * @param index among the places: decides the theme
 * @returns what is wrong, each with the way of looking
 */
async function lookAt(visit: Visit, place: Place, index: number): Promise<readonly string[]> {
  const { page } = visit;
  const faults: string[] = [];
  const note = (way: string, found: readonly string[]) =>
    faults.push(...found.map((fault) => `${place.name}, ${way}: ${fault}`));
  await page.evaluate(addStyles(fewRows));
  for (const colorScheme of themesOf(index)) {
    await page.emulateMedia({ colorScheme });
    note(colorScheme, await visit.findings());
  }
  note('reduced motion', await inPage(page, 'movements'));
  note('wide', await inPage(page, 'cutTexts'));
  if (!place.hasNames) note('translation', await plainTexts(page));
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' });
  note('forced colours', await inPage(page, 'faintMarks'));
  await page.setViewportSize(zoomed);
  note('zoomed', await fit(page));
  note('zoomed', await inPage(page, 'focusFaults'));
  await page.emulateMedia({ forcedColors: 'none' });
  await page.evaluate(spaceTexts);
  note('spaced', await fit(page));
  return faults;
}

/** Charts follow a new size of the window a moment later. */
const fitTries = 20;

async function fit(page: Page): Promise<readonly string[]> {
  let faults: readonly string[] = [];
  for (let tries = 0; tries < fitTries; tries += 1) {
    await page.evaluate('new Promise(requestAnimationFrame)');
    faults = [...(await inPage(page, 'sideways')), ...(await inPage(page, 'cutTexts'))];
    if (faults.length === 0) break;
    await sleep(100);
  }
  return faults;
}

/** Titles and labels that do not come from the catalogues. Foreign names are in `<bdi>`. */
async function plainTexts(page: Page): Promise<readonly string[]> {
  const fixed = page.locator('main h1, main h2, main th[scope=col], [role=dialog] h3, label').filter({
    hasNot: page.locator('bdi'),
    visible: true,
  });
  const texts = await fixed.allTextContents();
  return texts.filter((text) => text.trim() !== '' && !text.includes('['));
}

const pages = Map.groupBy(places, ({ name }) => /^[^-]+/.exec(name)?.[0] ?? name);

describe('in texts that are a third longer, nothing is wrong with', { concurrency: 2 }, () => {
  for (const [name, states] of nonEmpty(pages)) {
    test(name, async (t) => {
      const things = await known();
      const account = states.every(({ isSignedOut }) => isSignedOut) ? null : rig.root;
      const visit = await rig.visit(t, { account, locale: 'en-XA' });
      const faults: string[] = [];
      for (const [index, place] of states.entries()) {
        if (!isLong && index % 3 !== 0) continue;
        await enterPlace(visit, place, things);
        faults.push(...(await lookAt(visit, place, places.indexOf(place))));
      }
      assert.deepEqual(faults, []);
    });
  }
});

for (const locale of nonEmpty(isLong ? (['zh-CN', 'de'] as const) : (['de'] as const))) {
  test(`every page is whole at 400 % zoom, and declares its language: ${locale}`, async (t) => {
    const things = await known();
    const visit = await rig.visit(t, { locale, ...zoomed });
    const faults: string[] = [];
    for (const [name, [place]] of pages) {
      if (place === undefined || place.isSignedOut) continue;
      await enterPlace(visit, place, things);
      await visit.page.setViewportSize(zoomed);
      faults.push(...(await fit(visit.page)).map((fault) => `${name}: ${fault}`));
      if ((await visit.page.getAttribute('html', 'lang')) !== locale)
        faults.push(`${name}: another language`);
    }
    assert.deepEqual(faults, []);
  });
}
