/** Disables an account, revokes what it holds, or deletes it. Each says first what ends. */
import { lazy, Suspense, useState } from 'react';
import type { Account } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Stack } from '../../components/stack.tsx';
import { loadMessages } from '../../i18n/i18n.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { Ending } from './end-dialog.tsx';
import styles from './users.module.css';

const EndDialog = lazy(async () => {
  const [{ EndDialog }] = await Promise.all([import('./end-dialog.tsx'), loadMessages('receipts')]);
  return { default: EndDialog };
});

interface EndUserProps {
  readonly account: Account;
  readonly onDeleted: () => void;
}

export function EndUser({ account, onDeleted }: EndUserProps) {
  const t = useMessages('users');
  const [ending, setEnding] = useState<Ending>();
  const hints = {
    disable: t('disableHint'),
    enable: t('enableHint'),
    revoke: t('revokeHint'),
    delete: t('deleteHint'),
  };
  const endings: readonly Ending[] = [account.status === 1 ? 'disable' : 'enable', 'revoke', 'delete'];
  return (
    <section className={styles.endings}>
      <Stack>
        <h3>{t('access')}</h3>
        {endings.map((each) => (
          <div key={each} className={styles.ending}>
            <p className={styles.note}>{hints[each]}</p>
            <Button onClick={() => setEnding(each)}>{t(each)}</Button>
          </div>
        ))}
      </Stack>
      <Suspense>
        {ending && (
          <EndDialog
            account={account}
            ending={ending}
            onClose={() => setEnding(undefined)}
            onDeleted={onDeleted}
          />
        )}
      </Suspense>
    </section>
  );
}
