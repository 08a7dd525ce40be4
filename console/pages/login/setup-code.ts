/** The one-time code of the setup link, which stands behind `#` so that browsers send it to nobody. */

/** @returns the code of `#setup=CODE`; undefined in other addresses */
export function setupCodeIn(hash: string): string | undefined {
  return /^#?setup=([\w-]+)$/.exec(hash)?.[1];
}

/** Takes the code out of the address and the history of the browser. */
export function forgetSetupCode(): void {
  const { pathname, search } = window.location;
  window.history.replaceState(window.history.state, '', `${pathname}${search}`);
}
