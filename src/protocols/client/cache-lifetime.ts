/** Finds whether a request may name the lifetime of a cache. Pure. */

/**
 * `ttl` as the name of a member, and its letters as JSON may escape them. Every protocol calls the lifetime so, in many
 * places: content, tools, instructions, the top level.
 */
const needles = ['ttl"', '\\u0074', '\\u006c', '\\u006C'].map((text) => Buffer.from(text));

/**
 * Whether a body may ask for a cache that lasts longer than the default of its upstream. It may say so of one that does
 * not: a reservation is then larger than needed.
 * @param bytes a JSON text
 */
export function mayNameLifetime(bytes: Buffer): boolean {
  return needles.some((needle) => bytes.includes(needle));
}
