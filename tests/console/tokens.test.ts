/** The colours of the console: text is readable on each surface that it may stand on, in both themes. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nonEmpty } from '../support/non-empty.ts';

const themes = ['light', 'dark'] as const;
const folder = join(import.meta.dirname, '../../console');
const css = readFileSync(join(folder, 'styles/tokens.css'), 'utf8');
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

/** Relative luminance of WCAG 2.2, 0 to 1. @param colour `#rrggbb` */
function luminance(colour: string): number {
  const channel = (start: number) => {
    const value = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** Pairs whose contrast is below a limit, in either theme. */
function tooClose(fronts: readonly string[], backs: readonly string[], least: number): string[] {
  const colourOf = (name: string, theme: (typeof themes)[number]) => {
    const colour = colours.get(name)?.[theme];
    assert.ok(colour, `no colour --${name}`);
    return luminance(colour);
  };
  return themes.flatMap((theme) =>
    fronts.flatMap((front) =>
      backs.flatMap((back) => {
        const [low = 0, high = 0] = [colourOf(front, theme), colourOf(back, theme)].sort((a, b) => a - b);
        const contrast = (high + 0.05) / (low + 0.05);
        return contrast < least ? [`${theme}: --${front} on --${back}: ${contrast.toPrecision(3)}`] : [];
      }),
    ),
  );
}

const surfaces = ['page', ...['', '-raised', '-sunken', '-hover', '-selected'].map((end) => `surface${end}`)];
const statuses = ['ok', 'warn', 'danger', 'info', 'neutral'];

test('text is readable on every surface, also under the pointer and in a chosen row', () => {
  assert.deepEqual(
    tooClose(['text', 'text-muted', 'text-faint', 'accent-text', ...statuses], nonEmpty(surfaces), 4.5),
    [],
  );
  assert.notDeepEqual(tooClose(['line'], surfaces, 4.5), []);
});

test('a status is readable on its own ground, and so are the words on buttons', () => {
  const soft = nonEmpty(statuses).flatMap((status) => tooClose([status, 'text'], [`${status}-soft`], 4.5));
  assert.deepEqual(soft, []);
  const buttons = ['accent', 'accent-hover', 'danger', 'danger-hover'];
  assert.deepEqual(tooClose(['text-on-accent'], buttons, 4.5), []);
  assert.deepEqual(tooClose(['accent-text'], ['accent-soft'], 4.5), []);
});

test('fields, the focus and the series of charts stand out from what they lie on', () => {
  const series = [...colours.keys()].filter((name) => name.startsWith('series-'));
  assert.deepEqual(tooClose(['line-strong', 'focus', ...nonEmpty(series)], ['page', 'surface'], 3), []);
});

/** Colours and layers that a style sheet states itself. */
const stated = (sheet: string) =>
  sheet.match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(|z-index:\s*\d+/g) ?? [];

test('no style sheet has a colour or a layer of its own, which one theme or one dialog would not fit', () => {
  assert.notDeepEqual(stated(css), []);
  const sheets = globSync('{components,features,pages,shell,styles}/**/*.css', { cwd: folder });
  for (const sheet of nonEmpty(sheets.filter((name) => !name.endsWith('tokens.css')))) {
    assert.deepEqual(stated(readFileSync(join(folder, sheet), 'utf8')), [], sheet);
  }
});
