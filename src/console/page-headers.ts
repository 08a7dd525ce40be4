/** The headers that confine a page of the console: what it may load, who may frame it, what it may use. */

/**
 * Everything comes from this origin and nothing is inline. Pictures may be `data:`, since a model answers with them, and
 * pictures and sounds may be `blob:`, which only the page itself can make: the playground shows files of the user's and
 * pictures of some megabytes, which as `data:` would be a third longer and stay in memory with the markup.
 * Connections include WebSockets of this origin: `'self'` covers `ws:` and `wss:` of the same host and port (CSP level 3;
 * Chromium, Firefox, and Safari since 15.4). The worklet that captures the microphone is a script. Workers are
 * none: a worker has no policy but that of its own response.
 * No script may turn a text into code or markup (trusted types), so hostile text cannot either.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'none'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Browser features that no page of the console uses. */
const deniedFeatures = ['camera', 'geolocation', 'payment', 'usb', 'serial', 'hid', 'bluetooth'];

/** Name, value, name, value. */
export const pageHeaders: readonly string[] = [
  ...['content-security-policy', contentSecurityPolicy],
  ...['x-content-type-options', 'nosniff'],
  ...['referrer-policy', 'same-origin'],
  ...['cross-origin-opener-policy', 'same-origin'],
  ...['cross-origin-resource-policy', 'same-origin'],
  ...[
    'permissions-policy',
    // The playground records what it transcribes.
    [...deniedFeatures.map((feature) => `${feature}=()`), 'microphone=(self)'].join(', '),
  ],
];
