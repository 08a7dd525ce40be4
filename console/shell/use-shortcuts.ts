/** Keyboard shortcuts. Single keys do nothing inside fields, and the user can turn them off (WCAG 2.1.4). */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { areSingleKeysOn } from '../features/preferences/single-keys.ts';
import { navigation } from './navigation.ts';

interface ShortcutTargets {
  readonly openMenu: () => void;
  readonly openHelp: () => void;
}

/** What takes characters. Check boxes and radio buttons do not. */
const fields =
  'input:not([type="radio"], [type="checkbox"]), textarea, select, [role="textbox"], [role="combobox"]';

/** How long after `g` the second key counts. */
const sequenceMs = 1500;

export function useShortcuts(targets: ShortcutTargets): void {
  const navigate = useNavigate();
  const latest = useRef(targets);
  latest.current = targets;
  useEffect(() => {
    let goUntil = 0;
    const single = (event: KeyboardEvent): boolean => {
      if (Date.now() < goUntil) {
        goUntil = 0;
        const to = pageOfKey(event.key);
        if (to !== undefined) void navigate({ to });
        return to !== undefined;
      }
      if (event.key === 'g') {
        goUntil = Date.now() + sequenceMs;
        return true;
      }
      if (event.key === '?') latest.current.openHelp();
      else if (event.key === '/') return focusSearchBox();
      else if (event.key === 'c') return clickCreate();
      else return false;
      return true;
    };
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const isMenuKey = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey;
      if (isMenuKey) latest.current.openMenu();
      if (isMenuKey || (isSingle(event) && single(event))) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [navigate]);
}

function isSingle(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || !areSingleKeysOn()) return false;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return true;
  if (target.isContentEditable || target.closest('[role="dialog"], [role="alertdialog"], [role="menu"]'))
    return false;
  return !target.matches(fields);
}

function pageOfKey(key: string): string | undefined {
  return navigation.flatMap(({ items }) => items).find((item) => item.key === key)?.to;
}

function focusSearchBox(): boolean {
  const box = document.querySelector<HTMLInputElement>('[data-search-box]');
  box?.focus();
  return box !== null;
}

/** A page marks its main action with `data-create`. */
function clickCreate(): boolean {
  const button = document.querySelector<HTMLElement>('[data-create]');
  button?.click();
  return button !== null;
}
