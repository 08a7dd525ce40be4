/** Checks the message catalogues of the console: complete in every language, and nothing unused. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import type { SourceFile } from './source.ts';

/** Texts by language, catalogue and id. */
type Catalogues = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** @param root the root of the repository */
export function cataloguesOf(root: string): Catalogues {
  const folder = join(root, 'console/i18n/locales');
  const files = (language: string) => readdirSync(join(folder, language));
  const read = (language: string, file: string) =>
    JSON.parse(readFileSync(join(folder, language, file), 'utf8'));
  return Object.fromEntries(
    readdirSync(folder).map((language) => [
      language,
      Object.fromEntries(files(language).map((file) => [file.replace('.json', ''), read(language, file)])),
    ]),
  );
}

/** What a language lacks or has beyond English, and texts whose parameters differ from the English ones. */
export function incompleteLanguages({ en = {}, ...others }: Catalogues): string[] {
  return Object.entries(others).flatMap(([language, catalogues]) =>
    [...new Set([...Object.keys(en), ...Object.keys(catalogues)])].flatMap((name) => {
      const [ours = {}, theirs = {}] = [en[name], catalogues[name]];
      return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].flatMap((id) => {
        const place = `${language}/${name}.json: ${id}`;
        // An id may be the name of a method of every object, such as `valueOf`.
        const [english, translated] = [ours, theirs].map((texts) =>
          Object.hasOwn(texts, id) ? texts[id] : undefined,
        );
        if (english === undefined) return [`${place} is not in English`];
        if (translated === undefined) return [`${place} is missing`];
        return hasSameParameters(english, translated) ? [] : [`${place} has other parameters`];
      });
    }),
  );
}

/** A language without plurals need not use a parameter that only chooses one. */
function hasSameParameters(english: string, translated: string): boolean {
  const [ours, theirs] = [parametersOf(english), parametersOf(translated)];
  return (
    theirs.shown.union(theirs.choosing).isSubsetOf(ours.shown.union(ours.choosing)) &&
    ours.shown.isSubsetOf(theirs.shown)
  );
}

interface Parameters {
  readonly shown: Set<string>;
  /** Those that choose a form of the text. */
  readonly choosing: Set<string>;
}

/** The parameters of a message of ICU MessageFormat, and its elements. */
function parametersOf(text: string): Parameters {
  const shown = new Set<string>();
  const choosing = new Set<string>();
  const visit = (tokens: unknown): void => {
    if (!Array.isArray(tokens)) return;
    for (const token of tokens) {
      if (!Array.isArray(token)) continue;
      const [name, , choices] = token;
      const isChoice = typeof choices === 'object' && choices !== null;
      if (name !== '#') (isChoice ? choosing : shown).add(String(name));
      if (isChoice) Object.values(choices).forEach(visit);
    }
  };
  visit(compileMessageOrThrow(text));
  for (const [, element] of text.matchAll(/<(\d+)>/g)) shown.add(`<${element}>`);
  return { shown, choosing };
}

/**
 * Messages that no file of the console names. A file names a message with its id as a literal; a template such as
 * `status_${name}` names all that begin so.
 */
export function unusedMessages({ en = {} }: Catalogues, files: readonly SourceFile[]): string[] {
  const code = files.map(({ text }) => text).join('\n');
  const literals = new Set([...code.matchAll(/['"`]([\w.-]+)['"`]/g)].map(([, literal]) => literal));
  const prefixes = [...code.matchAll(/`([\w.-]+)\$\{/g)].flatMap(([, prefix]) => prefix ?? []);
  return Object.entries(en).flatMap(([name, texts]) =>
    Object.keys(texts)
      .filter((id) => !literals.has(id) && !prefixes.some((prefix) => id.startsWith(prefix)))
      .map((id) => `${name}.json: ${id}`),
  );
}

/** What Chinese texts write as other languages do: names of products and protocols, units, and words without a translation. */
const latinInChinese: ReadonlySet<string> = new Set(
  `Anthropic Claude Code Codex CLI curl Gemini Halley ID kB Messages OK OpenAI P Python Responses Root Token Top
  TypeScript`.split(/\s+/),
);

/** Texts of the Chinese catalogues without a Chinese character: left in English, or copied from another language. */
export function untranslatedChinese({ 'zh-CN': catalogues = {} }: Catalogues): string[] {
  return Object.entries(catalogues).flatMap(([name, texts]) =>
    Object.entries(texts)
      .filter(([, text]) => !/\p{Script=Han}/u.test(text))
      .filter(([, text]) =>
        (text.replace(/\{[^{}]*\}/g, '').match(/\p{L}+/gu) ?? []).some((word) => !latinInChinese.has(word)),
      )
      .map(([id, text]) => `zh-CN/${name}.json: ${id}: ${text}`),
  );
}
