/** The way to the first steps, while they are neither done nor dismissed. Load it with `lazy`. */
import { Link } from '@tanstack/react-router';
import { Rocket } from 'lucide-react';
import { useWantsFirstSteps } from '../features/first-steps/use-first-steps.ts';
import { useMessages } from '../i18n/messages.ts';
import styles from './sidebar.module.css';

export function StartLink({ onClick }: { readonly onClick: () => void }) {
  const t = useMessages('common');
  if (!useWantsFirstSteps()) return null;
  return (
    <Link
      to="/start"
      className={styles.item}
      activeProps={{ className: styles.active, 'aria-current': 'page' }}
      onClick={onClick}
    >
      <Rocket aria-hidden="true" />
      {t('start')}
    </Link>
  );
}
