/**
 * What a page looks like to someone who cannot see all of it: texts that are cut, controls that are covered, marks that
 * vanish. Runs inside the browser, so it imports nothing; `inPage` sends it there.
 */

/** Each names an element and what is wrong with it. */
type Faults = string[];

const tolerance = 1.5;

/** @returns texts of which a part lies outside of what clips it, or outside of its own button or cell */
export function cutTexts(): Faults {
  const faults: Faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const element = text.parentElement;
    if (element === null || text.textContent?.trim() === '' || !isSeen(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const clip = clipOf(element, range.getBoundingClientRect());
    if (clip !== undefined)
      faults.push(`“${text.textContent?.trim().slice(0, 40)}” is cut by ${nameOf(clip)}`);
  }
  return faults;
}

/** @returns the element that the box sticks out of, where that hides a part of it */
function clipOf(element: Element, box: DOMRect): Element | undefined {
  let [isFreeX, isFreeY] = [false, false];
  for (
    let each: Element | null = element;
    each !== null && each !== document.body;
    each = each.parentElement
  ) {
    const { overflowX, overflowY, position, textOverflow } = getComputedStyle(each);
    const holds = each.matches('button, td, th, kbd, [role=tab], summary');
    isFreeX ||= overflowX === 'auto' || overflowX === 'scroll';
    isFreeY ||= overflowY === 'auto' || overflowY === 'scroll';
    const own = each.getBoundingClientRect();
    const isWider = box.right > own.right + tolerance || box.left < own.left - tolerance;
    const isTaller = box.bottom > own.bottom + tolerance || box.top < own.top - tolerance;
    const isWhole = textOverflow === 'ellipsis' && each.closest('[title]') !== null;
    if (isWider && !isFreeX && !isWhole && (isClipping(overflowX) || holds)) return each;
    if (isTaller && !isFreeY && (isClipping(overflowY) || holds)) return each;
    if (position === 'fixed') return undefined;
  }
  return undefined;
}

const isClipping = (overflow: string) => overflow === 'hidden' || overflow === 'clip';

/** @returns what makes the page scroll sideways; tables, code and rows of tabs may, each in a scroller of its own */
export function sideways(): Faults {
  const faults: Faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways');
  for (const element of document.querySelectorAll('body *')) {
    if (!isSeen(element)) continue;
    if (isScroller(element)) {
      const isWide = element.scrollWidth > element.clientWidth + 1;
      if (isWide && !element.matches('pre, [role=tablist]') && !element.querySelector('table, pre'))
        faults.push(`${nameOf(element)} scrolls sideways, for ${nameOf(widestOf(element))}`);
    } else if (isOutside(element) && !(element.parentElement && isOutside(element.parentElement))) {
      faults.push(`${nameOf(element)} reaches out of the window`);
    }
  }
  return faults;
}

function widestOf(scroller: Element): Element {
  const reach = (element: Element) => element.getBoundingClientRect().right;
  const all = [...scroller.querySelectorAll('*')].filter(isSeen);
  return all.reduce((widest, each) => (reach(each) >= reach(widest) ? each : widest), all[0] ?? scroller);
}

function isOutside(element: Element): boolean {
  const { left, right } = element.getBoundingClientRect();
  return (right > innerWidth + tolerance || left < -tolerance) && !isInScroller(element);
}

function isScroller(element: Element): boolean {
  return /auto|scroll/.test(getComputedStyle(element).overflowX);
}

function isInScroller(element: Element): boolean {
  const parent = element.parentElement;
  return parent !== null && (isScroller(parent) || isInScroller(parent));
}

/** Focuses each control. @returns those that something covers wholly (WCAG 2.4.11), and those without a focus ring */
export async function focusFaults(): Promise<Faults> {
  const faults: Faults = [];
  const dialogs = document.querySelectorAll('[role=dialog], [role=alertdialog], [role=menu]');
  const scope = dialogs[dialogs.length - 1] ?? document;
  for (const control of scope.querySelectorAll<HTMLElement>(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]',
  )) {
    if (!isSeen(control) || control.matches(':disabled')) continue;
    control.focus({ focusVisible: true } as FocusOptions);
    // What leaves when the focus does, leaves now.
    await Promise.resolve();
    if (document.activeElement !== control) continue;
    if (!pointsOf(control).some(([x, y]) => isAt(control, x, y)))
      faults.push(`${nameOf(control)} is covered`);
    if (!hasRing(control)) faults.push(`${nameOf(control)} has no focus ring`);
  }
  return faults;
}

function pointsOf(control: Element): readonly (readonly [number, number])[] {
  const { left, right, top, bottom } = control.getBoundingClientRect();
  const [start, end] = [Math.max(left + 2, 0), Math.min(right - 2, innerWidth - 1)];
  const [upper, lower] = [Math.max(top + 2, 0), Math.min(bottom - 2, innerHeight - 1)];
  const middle = [(start + end) / 2, (upper + lower) / 2] as const;
  return [middle, [start, upper], [end, upper], [start, lower], [end, lower]];
}

function isAt(control: Element, x: number, y: number): boolean {
  const hit = document.elementFromPoint(x, y);
  return hit !== null && (control.contains(hit) || control.closest('label')?.contains(hit) === true);
}

/** A ring may be drawn by what surrounds an invisible input, or by what a link lays over its row. */
function hasRing(control: Element): boolean {
  const around = [control, control.parentElement, control.parentElement?.parentElement];
  const isRing = ({ outlineStyle, outlineWidth }: CSSStyleDeclaration) =>
    outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  if (isRing(getComputedStyle(control, '::after'))) return true;
  return around.some((each) => each && isRing(getComputedStyle(each)));
}

/** @returns what moves, or would */
export function movements(): Faults {
  const faults = new Set<string>();
  for (const animation of document.getAnimations())
    if (animation.playState === 'running') faults.add(`an animation runs: ${animation.id}`);
  for (const element of document.querySelectorAll('*')) {
    for (const part of ['', '::before', '::after']) {
      const { transitionDuration, animationName, animationDuration, animationIterationCount } =
        getComputedStyle(element, part);
      if (/[1-9]/.test(transitionDuration))
        faults.add(`${nameOf(element)}${part} fades for ${transitionDuration}`);
      if (animationName !== 'none' && /[1-9]/.test(animationDuration) && animationIterationCount !== '0')
        faults.add(`${nameOf(element)}${part} moves for ${animationDuration}`);
    }
  }
  return [...faults];
}

/** @returns texts with less than 4.5:1, and marks (bars, lines, dots, icons) with less than 3:1, to what is behind them */
export function faintMarks(): Faults {
  const faults = new Set<string>();
  for (const element of document.querySelectorAll('body *')) {
    if (
      !isSeen(element) ||
      element.closest('[class*=_grid_], [class*=_cursor_], :disabled, [aria-disabled=true]')
    )
      continue;
    const paint = paintOf(element);
    if (paint === undefined) continue;
    const behind = behindOf(paint.isBackground ? element.parentElement : element);
    const found = Math.max(...paint.colours.map((colour) => contrast(colour, behind)));
    if (found < paint.least)
      faults.add(`${nameOf(element)} has a contrast of ${found.toFixed(1)} to what is behind it`);
  }
  return [...faults];
}

function paintOf(element: Element) {
  const style = getComputedStyle(element);
  if (element.matches('svg rect, svg path, svg circle, svg line, svg polyline')) {
    const colours = [style.fill, style.stroke].filter(isPaint);
    return colours.length > 0 ? { colours, least: 3, isBackground: false } : undefined;
  }
  if (element.matches('span[class*=_bar_], [class*=_swatch]') && isPaint(style.backgroundColor))
    return { colours: [style.backgroundColor], least: 3, isBackground: true };
  const hasText = [...element.childNodes].some(
    (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
  );
  return hasText && !(element instanceof SVGElement)
    ? { colours: [style.color], least: 4.5, isBackground: false }
    : undefined;
}

const isPaint = (colour: string) => colour !== 'none' && rgbaOf(colour)[3] > 0;

function behindOf(element: Element | null): string {
  for (let each = element; each !== null; each = each.parentElement) {
    const { backgroundColor } = getComputedStyle(each);
    if (rgbaOf(backgroundColor)[3] === 255) return backgroundColor;
  }
  return 'Canvas';
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((left, right) => left - right);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/** As WCAG 2 defines it. */
function luminance(colour: string): number {
  const linear = (value: number) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const [red, green, blue] = rgbaOf(colour);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

const known = new Map<string, readonly [number, number, number, number]>();
const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

/** Any colour of CSS, 0 to 255. */
function rgbaOf(colour: string): readonly [number, number, number, number] {
  const found = known.get(colour);
  if (found || context === null) return found ?? [0, 0, 0, 0];
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
  known.set(colour, [red, green, blue, alpha]);
  return [red, green, blue, alpha];
}

/** Whether it is drawn for eyes, and not for screen readers alone. */
function isSeen(element: Element): boolean {
  if (element.closest('script, style, option, [data-base-ui-focus-guard]')) return false;
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  for (let each: Element | null = element; each !== null; each = each.parentElement) {
    if (getComputedStyle(each).clipPath !== 'none') return false;
  }
  return true;
}

function nameOf(element: Element): string {
  const kind = /_([a-zA-Z]+)_/.exec(element.getAttribute('class') ?? '')?.[1];
  const text = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 30);
  return `<${element.tagName.toLowerCase()}${kind === undefined ? '' : ` .${kind}`}> ${text}`;
}
