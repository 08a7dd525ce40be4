/** Judges what a shell block wrote. */
import type { Block } from './blocks.ts';

/** An error that a call got: curl ends with 0 all the same. */
const refusal = /"success": ?false|"error": ?\{|^event: error/m;

/** Words without digits, since what has some is an id, a time or a value; one and several are the same. */
const words = (text: string) =>
  (text.match(/(?<![\w-])[A-Za-z][A-Za-z_'-]*[A-Za-z](?![\w-])/g) ?? []).map((word) =>
    word.replace(/s$/, ''),
  );

/**
 * @param shown the block below, which shows the output; undefined = the page shows none
 * @returns what is wrong, in words; undefined = nothing
 */
export function outputFault(output: string, shown: Block | undefined): string | undefined {
  if (refusal.test(output) && !(shown && refusal.test(shown.text))) return 'a call was refused';
  if (shown === undefined) return undefined;
  const written = new Set(words(output));
  const missing = [...new Set(words(shown.text))].filter((word) => !written.has(word));
  return missing.length === 0
    ? undefined
    : `the block below shows what the output does not have: ${missing.join(' ')}`;
}
