/** The value of a new key. */
import { Suspense, useState } from 'react';
import { Callout } from '../../components/callout.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { LazyKeySnippets } from '../snippets/lazy.ts';
import { LazyTestKey } from '../test-key/lazy.ts';
import styles from './created-key.module.css';
import type { OwnKey } from './key.ts';
import { SecretText } from './secret-text.tsx';

interface CreatedKeyProps {
  readonly created: OwnKey;
  /** The user has the value: it was copied. */
  readonly onTaken: () => void;
}

const skeletonHeight = 16;

export function CreatedKey({ created, onTaken }: CreatedKeyProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const [isRefused, setRefused] = useState(false);
  const [model, setModel] = useState<string>();
  return (
    <>
      <div className={styles.row} onCopy={onTaken}>
        <SecretText value={created.key} label={t('valueOf', { name: created.name })} />
        <CopyButton
          variant="primary"
          label={t('copyOf', { name: created.name })}
          text={created.key}
          onCopied={onTaken}
          onRefused={() => setRefused(true)}
        >
          {f('copy')}
        </CopyButton>
      </div>
      {isRefused && <Callout tone="warn">{f('copyByHand')}</Callout>}
      <Suspense fallback={<Skeleton height={skeletonHeight} />}>
        <h3>{f('tryIt')}</h3>
        <LazyTestKey keyId={created.id} model={model} onModel={setModel} />
        <h3>{f('useIt')}</h3>
        <LazyKeySnippets keyId={created.id} keyValue={created.key} model={model} />
      </Suspense>
    </>
  );
}
