/** The headers that confine the pages of the documentation, which share their origin with sessions of the console. */

/** Browser features that no page of the documentation uses. */
const deniedFeatures = ['camera', 'geolocation', 'microphone', 'payment', 'usb', 'serial', 'hid'];

const common: readonly string[] = [
  ...['x-content-type-options', 'nosniff'],
  ...['referrer-policy', 'no-referrer'],
  // Another value than the console's: a browser cuts the tie between a page here and a window of the console.
  ...['cross-origin-opener-policy', 'same-origin-allow-popups'],
  ...['permissions-policy', deniedFeatures.map((feature) => `${feature}=()`).join(', ')],
];

const headersWith = (policy: readonly string[], resourcePolicy = 'same-origin'): readonly string[] => [
  ...common,
  ...['content-security-policy', policy.join('; ')],
  ...['cross-origin-resource-policy', resourcePolicy],
];

/**
 * No form, frame, worker or other base. What loads is said beside it. Workers must be named: without `worker-src` the
 * scripts of a page may be workers, and a worker has the policy of its own response.
 */
const closed = ["default-src 'none'", "worker-src 'none'", "form-action 'none'", "base-uri 'none'"];

/**
 * A page of text. It runs the scripts of the build and connects to nothing, so that it cannot call the API with the
 * session of its reader. Colours of code are attributes of style, which no script or address can reach.
 * @param scriptHashes of its inline scripts: `sha256-…`
 */
export function pageHeaders(scriptHashes: readonly string[]): readonly string[] {
  return headersWith([
    ...closed,
    ["script-src 'self'", ...scriptHashes.map((hash) => `'${hash}'`)].join(' '),
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types vue',
  ]);
}

/** The page around the API reference: it frames it, and sends the requests that are tried there, without cookies. */
export const apiPageHeaders: readonly string[] = headersWith([
  ...closed,
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
]);

/**
 * The API reference itself, by a program of others: in a frame without an origin (`sandbox`), so that it has no cookies and
 * no way to pages of the gateway, and without a connection of its own.
 */
export const apiFrameHeaders: readonly string[] = headersWith([
  ...closed,
  "script-src 'self'",
  "style-src 'self'",
  'img-src data: blob:',
  "frame-ancestors 'self'",
  'sandbox allow-scripts',
]);

/** A file that the frame loads, which is of another origin to the browser than the gateway. */
export const frameFileHeaders: readonly string[] = headersWith([...closed, 'sandbox'], 'cross-origin');
