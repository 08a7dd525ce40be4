/** The key and the model of a request that is no conversation, beside what else it has. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, Suspense } from 'react';
import { Callout } from '../../components/callout.tsx';
import { Skeleton } from '../../components/states.tsx';
import { KeyPicker } from '../../features/key-picker/key-picker.tsx';
import { ModelPicker } from '../../features/key-picker/model-picker.tsx';
import { keyModelsQuery } from '../../features/key-picker/model-queries.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { PaneProps } from './pane-head.tsx';
import styles from './playground.module.css';
import type { OtherPane } from './search.ts';
import soundStyles from './sound.module.css';

/** What the models of a pane are for. */
const modelTypes = {
  speech: 'speech',
  transcription: 'transcription',
  picture: 'image',
  video: 'video',
  realtime: 'realtime',
} as const;

interface PaneModel {
  /** Undefined while it is not known, or when the key may use none. */
  readonly model: string | undefined;
  readonly hasNone: boolean;
}

/** The chosen model, else the first that the key may use. */
export function usePaneModel({ search, keyId }: PaneProps, pane: OtherPane): PaneModel {
  const query = keyModelsQuery(keyId ?? 0, '', modelTypes[pane]);
  const listed = useQuery({ ...query, enabled: keyId !== undefined });
  const isOwn = !listed.isPlaceholderData;
  return {
    model: search.model ?? (isOwn ? listed.data?.items[0]?.id : undefined),
    hasNone: isOwn && search.model === undefined && listed.data?.total === 0,
  };
}

interface PaneSettingsProps extends PaneProps, PaneModel {
  readonly pane: OtherPane;
  readonly children: ReactNode;
}

export function PaneSettings({ pane, keyId, model, hasNone, change, children }: PaneSettingsProps) {
  const t = useMessages('playground');
  return (
    <aside className={styles.settings} aria-label={t('settings')}>
      <div className={soundStyles.settings}>
        <Suspense fallback={<Skeleton height={7.5} />}>
          <KeyPicker
            label={t('key')}
            placeholder={t('keyPlaceholder')}
            value={keyId}
            onChange={(key) => change({ key, model: undefined })}
          />
          {keyId !== undefined && (
            <ModelPicker
              label={t('model')}
              keyId={keyId}
              modelType={modelTypes[pane]}
              value={model}
              onChange={(next) => change({ model: next })}
            />
          )}
        </Suspense>
        {children}
        {hasNone && (
          <Callout tone="warn" title={t('noSoundModelsTitle')}>
            {t('noModelsText')}
          </Callout>
        )}
      </div>
    </aside>
  );
}
