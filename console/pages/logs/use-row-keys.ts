/** Moves the focus between the rows of the list: J and K, and the arrows where a row has the focus. */
import { useEffect } from 'react';
import { areSingleKeysOn } from '../../features/preferences/single-keys.ts';

/** Whether the event is an own key of the page, and not of a field, a dialog or the browser. */
export function isOwnKey(event: KeyboardEvent, within = ''): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey)
    return false;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target.matches('input, textarea, select, [role="textbox"], [role="combobox"]')
  ) {
    return false;
  }
  return within !== '' || target.closest('[role="dialog"], [role="alertdialog"], [role="menu"]') === null;
}

/** @returns 1 = to the next (older) row, -1 = to the one before, 0 = the key means neither */
export function stepOf({ key }: Pick<KeyboardEvent, 'key'>): number {
  if (!areSingleKeysOn()) return 0;
  return key === 'j' ? 1 : key === 'k' ? -1 : 0;
}

export function useRowKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!isOwnKey(event)) return;
      const links = [...document.querySelectorAll<HTMLElement>('a[data-row]')];
      const at = links.findIndex((link) => link.matches(':focus'));
      const arrow = at < 0 ? 0 : event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      const step = stepOf(event) || arrow;
      const next = links[at < 0 ? 0 : at + step];
      if (step === 0 || !next) return;
      event.preventDefault();
      next.focus();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
