/** Sends the looks of `in-page/` into a page. They are typed as code of a browser, which no test is. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const path = join(import.meta.dirname, '../in-page/looks.ts');
const source = stripTypeScriptTypes(readFileSync(path, 'utf8')).replaceAll(/^export /gm, '');

export type Look = 'cutTexts' | 'sideways' | 'focusFaults' | 'movements' | 'faintMarks';

/** @returns what the look finds in the page as it is now */
export const inPage = (page: Page, look: Look): Promise<readonly string[]> =>
  page.evaluate(`(() => { ${source}\nreturn ${look}(); })()`);
