/** What a new account signs in with, shown once after it was made. */
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { Facts } from '../../components/facts.tsx';
import { useMessages } from '../../i18n/messages.ts';

interface HandOverProps {
  readonly username: string;
  readonly password: string;
  readonly onDone: () => void;
}

export function HandOver({ username, password, onDone }: HandOverProps) {
  const t = useMessages('users');
  const lines = [
    { name: t('address'), value: `${location.origin}/console` },
    { name: t('username'), value: username },
    { name: t('password'), value: password },
  ];
  return (
    <Sheet
      open
      onClose={onDone}
      title={t('handOver')}
      description={t('handOverHint')}
      footer={<Button onClick={onDone}>{t('toAccount')}</Button>}
    >
      <Facts items={lines} />
      <div>
        <CopyButton
          variant="primary"
          text={lines.map(({ name, value }) => `${name}: ${value}`).join('\n')}
          label={t('copyAll')}
        >
          {t('copyAll')}
        </CopyButton>
      </div>
    </Sheet>
  );
}
