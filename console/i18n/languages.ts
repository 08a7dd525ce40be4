/** The languages of the console. A new one is a folder in `locales/` and a line here. */
export const languages = {
  en: 'English',
  'zh-CN': '简体中文',
  de: 'Deutsch',
} as const;

export type Language = keyof typeof languages;

/** Marks every text and makes it longer, to find texts that are not translated or do not fit. Browser tests use it. */
export const pseudoLanguage = 'en-XA';

const storageKey = 'halley.language';

export function isLanguage(value: string | null): value is Language {
  return value !== null && value in languages;
}

/** What the browser remembers; null = nothing was chosen. */
export function chosenLanguage(): string | null {
  return localStorage.getItem(storageKey);
}

/** The chosen language; without a choice, the first of the browser's languages that the console has. */
export function preferredLanguage(): Language | typeof pseudoLanguage {
  const chosen = chosenLanguage();
  if (chosen === pseudoLanguage || isLanguage(chosen)) return chosen;
  for (const wanted of navigator.languages) {
    if (isLanguage(wanted)) return wanted;
    const base = wanted.split('-')[0];
    const match = Object.keys(languages).find((language) => language.split('-')[0] === base);
    if (match !== undefined && isLanguage(match)) return match;
  }
  return 'en';
}

/**
 * Stores the choice. The page must be loaded again to show it.
 *
 * @param language undefined = that of the browser
 */
export function chooseLanguage(language: Language | undefined): void {
  if (chosenLanguage() === pseudoLanguage) return;
  if (language === undefined) localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, language);
}
