/** Names the program and the system in a User-Agent header, as far as its owner recognizes them by it. */

export interface UserAgent {
  /** `Firefox`; '' = unknown. */
  readonly browser: string;
  /** `Windows`; '' = unknown. */
  readonly system: string;
}

/** In this order: most browsers also name those that they descend from. */
const browsers: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Headless)?(?:Chrome|CriOS)\//],
  ['Safari', /\bVersion\/[\d.]+.* Safari\//],
  ['halley', /^halley\//],
  ['curl', /^curl\//],
];

const systems: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
];

export function parseUserAgent(header: string): UserAgent {
  const first = (named: typeof browsers) => named.find(([, mark]) => mark.test(header))?.[0] ?? '';
  return { browser: first(browsers), system: first(systems) };
}
