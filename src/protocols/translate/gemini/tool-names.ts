/**
 * Names of functions as Gemini takes them: at most 128 of letters, digits, `_`, `.`, `:` and `-`, beginning with a letter
 * or `_` [FunctionDeclaration.name]. Others' may begin with a digit or `-`: these get a prefix, which the reader of the
 * response takes off without having seen the request. Pure.
 */

const prefix = 'halley_';
const accepted = /^[a-zA-Z_][\w.:-]{0,127}$/;

/** @returns undefined for a name that Gemini cannot have */
export function nameForGemini(name: string): string | undefined {
  const written = accepted.test(name) && !name.startsWith(prefix) ? name : prefix + name;
  return accepted.test(written) ? written : undefined;
}

export function nameFromGemini(name: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
