/** Rewrites API errors for the command line: names the flag or argument in place of each field. Pure. */

/** From the names of fields to what a person writes: `{ remain_quota: '--quota', name: '<name>' }`. */
export type Flags = Readonly<Record<string, string>>;

/** `models[0].input` is known by its whole, its first or its last name. */
function flagOf(path: string, flags: Flags): string | undefined {
  const names = path.replaceAll(/\[\d+\]/g, '').split('.');
  return flags[names.join('.')] ?? flags[names[0] ?? ''] ?? flags[names.at(-1) ?? ''];
}

/** Every field that has a flag is named by it; other texts stay as they are. */
export function inFlags(message: string, flags: Flags): string {
  const quoted = message.replaceAll(
    /(?:The (?:field|parameter) )?"([\w.[\]-]+)"/g,
    (whole, path: string) => flagOf(path, flags) ?? whole,
  );
  // Without quotes only names that no sentence holds by chance.
  return quoted.replaceAll(/(?<![\w"-])[a-z]+(?:_[a-z]+)+(?![\w"-])/g, (name) => flags[name] ?? name);
}
