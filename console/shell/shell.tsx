/** What surrounds every page: side bar, phone header, live region, shortcuts, and the dialog of an ended session. */
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Menu } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useSessionEnded } from '../api/session-state.ts';
import { Announcer } from '../components/announcer.tsx';
import { IconButton } from '../components/button.tsx';
import { useMessages } from '../i18n/messages.ts';
import styles from './shell.module.css';
import { Sidebar } from './sidebar.tsx';
import { useShortcuts } from './use-shortcuts.ts';

const CommandMenu = lazy(async () => ({ default: (await import('./command-menu.tsx')).CommandMenu }));
const ShortcutHelp = lazy(async () => ({ default: (await import('./shortcut-help.tsx')).ShortcutHelp }));
const SignInAgain = lazy(async () => ({
  default: (await import('../features/sign-in/sign-in-again.tsx')).SignInAgain,
}));

type Overlay = 'none' | 'menu' | 'help';

export function Shell() {
  const t = useMessages('common');
  const [overlay, setOverlay] = useState<Overlay>('none');
  const [isMenuShown, setMenuShown] = useState(false);
  const ended = useSessionEnded();
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useShortcuts({ openMenu: () => setOverlay('menu'), openHelp: () => setOverlay('help') });
  useFocusOnNewPage(path, main);
  const [shownPath, setShownPath] = useState(path);
  if (shownPath !== path) {
    setShownPath(path);
    setMenuShown(false);
  }

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t('skipToContent')}
      </a>
      <header className={styles.phoneHeader}>
        <IconButton
          label={t('openMenu')}
          icon={<Menu />}
          aria-expanded={isMenuShown}
          aria-controls="sidebar"
          onClick={() => setMenuShown(!isMenuShown)}
        />
        <span className={styles.brand}>{t('appName')}</span>
      </header>
      <Sidebar
        isShown={isMenuShown}
        onClose={() => setMenuShown(false)}
        onSearch={() => setOverlay('menu')}
      />
      <main ref={main} id="content" tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
      <Announcer />
      <Suspense>
        {overlay === 'menu' && <CommandMenu onClose={() => setOverlay('none')} />}
        {overlay === 'help' && <ShortcutHelp onClose={() => setOverlay('none')} />}
        {ended && <SignInAgain />}
      </Suspense>
    </div>
  );
}

/** Moves the focus to the content of a page that was just opened, as a browser does for a new document. */
function useFocusOnNewPage(path: string, main: React.RefObject<HTMLElement | null>): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path, main]);
}
