/** The colours of the console. `public/theme.js` applies the choice before the first paint. */

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'halley.theme';

export function chooseTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') {
    localStorage.removeItem(storageKey);
    delete dataset.theme;
  } else {
    localStorage.setItem(storageKey, theme);
    dataset.theme = theme;
  }
}
