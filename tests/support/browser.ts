/**
 * A browser before a gateway's console. A visit fails its test when the page violates its own content security policy,
 * writes an error to the console, throws, leaves a rejection unhandled or asks another origin for anything.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, ConsoleMessage, Page } from 'playwright-core';
import { serveChineseFont } from './chinese-font.ts';
import { launchChromium } from './chromium.ts';
import { dataOf, type Gateway } from './gateway.ts';
import { until } from './until.ts';

export interface VisitOptions {
  /** `en-XA`: every text is marked and longer. */
  readonly locale?: 'en' | 'zh-CN' | 'de' | 'en-XA';
  readonly colorScheme?: 'light' | 'dark';
  /** CSS pixels. 1440 x 900 unless said otherwise. */
  readonly width?: number;
  readonly height?: number;
  /** The account that is signed in; null = nobody. */
  readonly account?: Credentials | null;
  readonly reducedMotion?: 'reduce' | 'no-preference';
  readonly forcedColors?: 'active' | 'none';
  /** Whether Chinese letters are drawn; only in Chinese unless said otherwise, since it makes pages load slower. */
  readonly hasChineseFont?: boolean;
  /** The path below which `open` opens paths. `/console` unless said otherwise. */
  readonly base?: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Opens a path below the base, such as `/token?p=2`, and waits until nothing is loading. */
  open(path: string): Promise<void>;
  /** Waits until nothing was asked for in a tenth of a second. */
  settle(): Promise<void>;
  /** Expects a fault that the test provokes, by its text. Others still fail the test. */
  expectFault(pattern: RegExp): void;
  /** Fails on anything that axe finds in the page as it is now. */
  checkAccessibility(): Promise<void>;
  /** @returns what axe finds by these rules, or by all */
  findings(...rules: readonly string[]): Promise<readonly string[]>;
  /** Writes `NAME.png` into the directory `HALLEY_SCREENSHOTS`, if that is set. */
  screenshot(name: string): Promise<void>;
}

export interface TestBrowser {
  /** Opens a window of its own (cookies, storage) for one test, and checks it when the test ends. */
  visit(t: Pick<TestContext, 'after'>, gateway: Pick<Gateway, 'url'>, options?: VisitOptions): Promise<Visit>;
  close(): Promise<void>;
}

/** Starts one browser for a test file: in `before`; `close` in `after`. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await launchChromium();
  return {
    visit: (t, gateway, options = {}) => startVisit(browser, t, gateway, options),
    close: () => browser.close(),
  };
}

/** Gives root of a gateway a password, which it lacks when it started with a token. */
export async function rootCredentials(gateway: Gateway): Promise<Credentials> {
  const credentials = { username: 'root', password: 'password of root' };
  gateway.secret(credentials.password);
  dataOf(await gateway.call('PUT', '/api/user/self', { body: { password: credentials.password } }));
  return credentials;
}

async function startVisit(
  browser: Browser,
  t: Pick<TestContext, 'after'>,
  gateway: Pick<Gateway, 'url'>,
  options: VisitOptions,
): Promise<Visit> {
  const { locale = 'en', colorScheme = 'light', width = 1440, height = 900, account = null } = options;
  const context = await browser.newContext({
    locale: locale === 'en-XA' ? 'en' : locale,
    colorScheme,
    viewport: { width, height },
    reducedMotion: options.reducedMotion ?? 'reduce',
    forcedColors: options.forcedColors ?? 'none',
    timezoneId: 'Asia/Shanghai',
  });
  const faults: string[] = [];
  const expected: RegExp[] = [];
  watch(context, gateway.url, faults);
  t.after(async () => {
    await context.close();
    const unexpected = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
    assert.deepEqual(unexpected, [], 'the page had faults');
  });
  // The empty page of a new window has no storage.
  const choosePseudo = "if (location.protocol !== 'about:') localStorage.setItem('halley.language', 'en-XA')";
  if (locale === 'en-XA') await context.addInitScript(choosePseudo);
  if (options.hasChineseFont ?? locale === 'zh-CN') await serveChineseFont(context, gateway.url);
  if (account) await signIn(context, gateway, account);
  const page = await context.newPage();
  const isQuiet = watchQuiet(page);
  return {
    page,
    context,
    async open(path) {
      await page.goto(`${gateway.url}${options.base ?? '/console'}${path}`);
      // A slow machine is quiet while it runs the scripts that it has loaded.
      await page.locator('h1').first().waitFor();
      await isQuiet();
    },
    settle: isQuiet,
    expectFault: (pattern) => void expected.push(pattern),
    async checkAccessibility() {
      assert.deepEqual(await findings(page), []);
    },
    findings: (...rules) => findings(page, rules),
    async screenshot(name) {
      const directory = process.env.HALLEY_SCREENSHOTS;
      if (directory === undefined) return;
      await mkdir(directory, { recursive: true });
      await page.evaluate('document.fonts.ready');
      await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
    },
  };
}

/** What axe finds, by all rules unless some are given. It does not look into frames, so that the quicker way is enough. */
async function findings(page: Page, rules: readonly string[] = []): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (rules.length > 0) axe.withRules([...rules]);
  else axe.options({ rules: { 'target-size': { enabled: true } } });
  const { violations } = await axe.analyze();
  return violations.filter((one) => !isAboutPopup(one)).map(describeViolation);
}

/**
 * @returns a wait until nothing was asked for in a tenth of a second, or a request has run for three (a stream may never
 * end); Playwright's own wait takes half a second each time
 */
function watchQuiet(page: Page): () => Promise<void> {
  let running = 0;
  let changedAt = 0;
  const change = (by: number) => () => {
    running += by;
    changedAt = performance.now();
  };
  page.on('request', change(1)).on('requestfinished', change(-1)).on('requestfailed', change(-1));
  return () => until(() => performance.now() - changedAt > (running > 0 ? 3000 : 100));
}

async function signIn(
  context: BrowserContext,
  gateway: Pick<Gateway, 'url'>,
  data: Credentials,
): Promise<void> {
  const response = await context.request.post(`${gateway.url}/api/user/login`, { data });
  assert.equal(response.status(), 200, await response.text());
}

function watch(context: BrowserContext, origin: string, faults: string[]): void {
  context.on('console', (message) => {
    if (message.type() === 'error' && !isAnswerOfApi(message)) faults.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => void faults.push(`thrown: ${error.error()}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    const isOwn = url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:';
    if (!isOwn) faults.push(`foreign request: ${url}`);
  });
}

/** Chromium writes every refused fetch to the console; a refusal of the API is one that pages must expect. */
function isAnswerOfApi(message: ConsoleMessage): boolean {
  return (
    /^Failed to load resource: .* 4\d\d /.test(message.text()) &&
    /\/(?:api|v1)\//.test(message.location().url)
  );
}

/** Menus and lists are drawn after everything else, outside of its landmarks, as in ARIA's own patterns. */
function isAboutPopup({
  id,
  nodes,
}: {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}) {
  return id === 'region' && nodes.every(({ html }) => /^<[^>]* role="(?:menu|listbox)"/.test(html));
}

function describeViolation(violation: {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}): string {
  const places = violation.nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`);
  return `${violation.id}: ${violation.help}\n${places.join('\n')}`;
}
