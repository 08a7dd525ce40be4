/** The looks of the sweep find what they look for: each is shown a page that is wrong in its way, and one that is not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { inPage, type Look } from './sweep/in-page.ts';

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

const cases: Readonly<Record<Look, { readonly wrong: string; readonly right: string }>> = {
  cutTexts: {
    wrong: '<p style="width:40px;overflow:hidden;white-space:nowrap">too long for its place</p>',
    right: '<p style="width:40px;overflow:auto;white-space:nowrap">too long for its place</p>',
  },
  sideways: {
    wrong: '<div style="width:2000px">wide</div>',
    right: '<div style="overflow-x:auto"><table><td style="min-width:2000px">wide</table></div>',
  },
  focusFaults: {
    wrong: '<button>under</button><div style="position:fixed;inset:0;background:red"></div>',
    right: '<button>free</button><div style="position:fixed;inset:50% 0 0;background:red"></div>',
  },
  movements: {
    wrong: '<p style="transition:opacity 1ms">fades</p>',
    right: '<p style="transition:opacity 0s">does not</p>',
  },
  faintMarks: {
    wrong: '<svg><rect width="9" height="9" fill="#ddd"/></svg>',
    right: '<svg><rect width="9" height="9" fill="#ddd" stroke="#333"/></svg>',
  },
};

for (const [look, { wrong, right }] of nonEmpty(Object.entries(cases))) {
  test(`${look} finds one fault, and none where there is none`, async () => {
    const page = await browser.newPage();
    const ring = '<style>:focus-visible { outline: 2px solid blue }</style>';
    const found: number[] = [];
    for (const body of [wrong, right]) {
      await page.setContent(`<!doctype html>${ring}<body style="background:white">${body}`);
      found.push((await inPage(page, look as Look)).length);
    }
    await page.close();
    assert.deepEqual([found[0] !== 0, found[1]], [true, 0]);
  });
}
