/** The side bar: search, pages, and the account. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { LogOut, Search } from 'lucide-react';
import { lazy, Suspense, useEffect } from 'react';
import { api, dataOf } from '../api/client.ts';
import { roles, useAccount } from '../api/session.ts';
import { IconButton } from '../components/button.tsx';
import { classNames } from '../components/class-names.ts';
import { ErrorState } from '../components/states.tsx';
import { useMessages } from '../i18n/messages.ts';
import { DocsLink } from './docs-link.tsx';
import { navigation } from './navigation.ts';
import styles from './sidebar.module.css';

const StartLink = lazy(async () => ({ default: (await import('./start-link.tsx')).StartLink }));

interface SidebarProps {
  /** On phones, whether the menu lies over the page. */
  readonly isShown: boolean;
  readonly onClose: () => void;
  readonly onSearch: () => void;
}

export function Sidebar({ isShown, onClose, onSearch }: SidebarProps) {
  const t = useMessages('common');
  const { role } = useAccount();
  const groups = navigation.filter((group) => !group.isForAdministrators || role >= roles.administrator);
  useEscape(isShown, onClose);
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the pointer; Escape closes the menu too. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above. */}
      {isShown && <div className={styles.backdrop} onClick={onClose} />}
      <aside
        id="sidebar"
        className={classNames(styles.sidebar, isShown && styles.shown)}
        // What it covers must not have the focus (WCAG 2.4.11).
        onBlur={({ currentTarget, relatedTarget }) => {
          if (isShown && relatedTarget && !currentTarget.contains(relatedTarget)) onClose();
        }}
      >
        <Link to="/" className={styles.brand}>
          <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="24" height="24" />
          {t('appName')}
        </Link>
        <button type="button" className={styles.search} onClick={onSearch}>
          <Search aria-hidden="true" />
          <span>{t('commandMenuButton')}</span>
          <kbd>{isApple() ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
        <nav aria-label={t('navigation')} className={styles.nav}>
          {groups.map(({ label, items }) => (
            <div key={label}>
              <h2 className={styles.group}>{t(label)}</h2>
              <ul>
                {items.map(({ to, label: name, icon: Icon }) => (
                  <li key={to}>
                    <Link
                      to={to}
                      className={styles.item}
                      activeProps={{ className: styles.active, 'aria-current': 'page' }}
                      activeOptions={{ exact: to === '/', includeSearch: false }}
                      onClick={onClose}
                    >
                      <Icon aria-hidden="true" />
                      {t(name)}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        {/* Below the pages, so that none of them moves when these appear. */}
        <div>
          <Suspense>
            <StartLink onClick={onClose} />
          </Suspense>
          <DocsLink />
        </div>
        <AccountBar />
      </aside>
    </>
  );
}

function AccountBar() {
  const t = useMessages('common');
  const { username, display_name: displayName } = useAccount();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { error, isPending, mutate } = useMutation({
    mutationFn: () => dataOf(api.POST('/api/user/logout')),
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ to: '/login' });
    },
  });
  return (
    <>
      {error && <ErrorState error={error} />}
      <div className={styles.account}>
        <Link
          to="/personal"
          className={styles.name}
          aria-label={t('account', { name: displayName || username })}
        >
          <span className={styles.avatar} aria-hidden="true">
            {[...(displayName || username)][0]?.toUpperCase()}
          </span>
          <bdi>{displayName || username}</bdi>
        </Link>
        <IconButton
          label={t('signOut')}
          icon={<LogOut />}
          size="sm"
          busy={isPending}
          onClick={() => mutate()}
        />
      </div>
    </>
  );
}

function useEscape(isActive: boolean, onEscape: () => void): void {
  useEffect(() => {
    if (!isActive) return undefined;
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onEscape();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [isActive, onEscape]);
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
