/** Rewrites API errors for the command line: names the flag or argument in place of each field. Pure. */

/** Maps field names to the option or argument that sets them: `{ remain_quota: '--quota', name: '<name>' }`. */
export type Flags = Readonly<Record<string, string>>;

/** Finds `models[0].input` by its full path, its first name or its last name. */
function flagOf(path: string, flags: Flags): string | undefined {
  const names = path.replaceAll(/\[\d+\]/g, '').split('.');
  return flags[names.join('.')] ?? flags[names[0] ?? ''] ?? flags[names.at(-1) ?? ''];
}

/** Replaces each field name that has an option or argument; leaves other text unchanged. */
export function inFlags(message: string, flags: Flags): string {
  const quoted = message.replaceAll(
    /(?:The (?:field|parameter) )?"([\w.[\]-]+)"/g,
    (whole, path: string) => flagOf(path, flags) ?? whole,
  );
  // Without quotes, replace only names with an underscore: ordinary words in a sentence have none.
  return quoted.replaceAll(/(?<![\w"-])[a-z]+(?:_[a-z]+)+(?![\w"-])/g, (name) => flags[name] ?? name);
}
