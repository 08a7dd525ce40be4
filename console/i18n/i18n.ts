/** Loads message catalogues. Each page has one of its own, which is loaded together with the page. */
import { i18n, type Messages } from '@lingui/core';
import { preferredLanguage, pseudoLanguage } from './languages.ts';

const catalogues = import.meta.glob<{ default: Messages }>('./locales/*/*.json');

const language = preferredLanguage();
/** A BCP 47 tag for Intl. */
export const locale = language === pseudoLanguage ? 'en' : language;

i18n.activate(locale);
document.documentElement.lang = locale;

/**
 * Loads the messages of a page.
 *
 * @param name the catalogue's file name without `.json`
 * @throws TypeError when the file cannot be fetched
 */
export async function loadMessages(name: string): Promise<void> {
  const load = catalogues[`./locales/${locale}/${name}.json`];
  if (!load) return;
  const { default: messages } = await load();
  i18n.load(locale, language === pseudoLanguage ? await pseudo(messages) : messages);
}

async function pseudo(messages: Messages): Promise<Messages> {
  const { pseudoMessages } = await import('./pseudo.ts');
  return pseudoMessages(messages);
}

export { i18n };
