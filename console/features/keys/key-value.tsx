/** The masked value of a key, with reveal and copy where its owner may read it again. */
import { useMutation } from '@tanstack/react-query';
import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { useErrorText } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { revealKey } from './key.ts';
import styles from './key-value.module.css';
import { SecretText } from './secret-text.tsx';

interface KeyValueProps {
  readonly id: number;
  readonly name: string;
  /** Start and end of the value. */
  readonly hint: string;
  readonly isRevealable: boolean;
}

export function KeyValue({ id, name, hint, isRevealable }: KeyValueProps) {
  const t = useMessages('keys');
  const [value, setValue] = useState<string>();
  const reveal = useMutation({ mutationFn: () => revealKey(id) });
  const problem = useErrorText(reveal.error);
  const masked = hint.replace(/\*{2,}/, '…');
  if (!isRevealable) return <code className={styles.masked}>{masked}</code>;
  const show = () => reveal.mutate(undefined, { onSuccess: setValue });
  return (
    <>
      <span className={styles.value}>
        {value === undefined ? (
          <code className={styles.masked}>{masked}</code>
        ) : (
          <SecretText value={value} label={t('valueOf', { name })} />
        )}
        <span className={styles.actions}>
          <IconButton
            size="sm"
            label={t(value === undefined ? 'revealOf' : 'hideOf', { name })}
            icon={value === undefined ? <Eye /> : <EyeOff />}
            busy={reveal.isPending}
            onClick={value === undefined ? show : () => setValue(undefined)}
          />
          <CopyButton
            size="sm"
            variant="ghost"
            label={t('copyOf', { name })}
            text={async () => value ?? (await reveal.mutateAsync())}
            onRefused={setValue}
          />
        </span>
      </span>
      {reveal.isError && (
        <span role="alert" className={styles.problem}>
          {problem}
        </span>
      )}
    </>
  );
}
