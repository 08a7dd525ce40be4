/** Vite plugin that compiles message catalogues, so that no parser of messages is shipped. */
import { readFile } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';

const folder = `${sep}i18n${sep}locales${sep}`;

interface CataloguePlugin {
  readonly name: string;
  readonly enforce: 'pre';
  load(id: string): Promise<string | undefined>;
}

/**
 * Turns `locales/LANGUAGE/NAME.json` (texts in ICU MessageFormat) into compiled messages whose ids begin
 * with `NAME.`. The result is JSON, which Vite turns into a module.
 *
 * @throws Error naming the file and the message, for a text that is not valid ICU MessageFormat
 */
export function messageCatalogues(): CataloguePlugin {
  return {
    name: 'halley-message-catalogues',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith('.json') || !id.replaceAll('/', sep).includes(folder)) return undefined;
      const texts = Object.entries<string>(JSON.parse(await readFile(id, 'utf8')));
      const name = basename(id, '.json');
      const compiled = texts.map(([key, text]) => [`${name}.${key}`, compiledOf(id, key, text)] as const);
      return JSON.stringify(Object.fromEntries(compiled));
    },
  };
}

function compiledOf(file: string, key: string, text: string) {
  try {
    return compileMessageOrThrow(text);
  } catch (cause) {
    throw new Error(`${file}: the message "${key}" is not valid: ${text}`, { cause });
  }
}
