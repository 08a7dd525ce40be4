/** The time zone in which times are shown: the user's choice, else the browser's. */
const storageKey = 'halley.time_zone';

/** What the browser remembers; null = nothing was chosen. */
export function chosenTimeZone(): string | null {
  return localStorage.getItem(storageKey);
}

/** The IANA names that the browser knows. */
export function timeZones(): readonly string[] {
  return Intl.supportedValuesOf('timeZone');
}

/** @returns an IANA name */
export function timeZone(): string {
  const chosen = chosenTimeZone();
  return chosen !== null && isTimeZone(chosen) ? chosen : browserTimeZone();
}

export function browserTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** @param name an IANA name; undefined = the browser's */
export function chooseTimeZone(name: string | undefined): void {
  if (name === undefined) localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, name);
}
