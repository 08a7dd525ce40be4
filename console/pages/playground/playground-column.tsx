/** One conversation with its model. */
import { MessagesSquare } from 'lucide-react';
import { Suspense } from 'react';
import { Callout } from '../../components/callout.tsx';
import { Select } from '../../components/select.tsx';
import { EmptyState, Skeleton } from '../../components/states.tsx';
import { ModelPicker } from '../../features/key-picker/model-picker.tsx';
import { type ProtocolId, protocolIds } from '../../features/model-request/protocol-ids.ts';
import { useMessages } from '../../i18n/messages.ts';
import { ExchangeView } from './exchange-view.tsx';
import styles from './playground.module.css';
import type { Conversation } from './use-conversation.ts';
import { useStickToEnd } from './use-stick-to-end.ts';

interface PlaygroundColumnProps {
  /** Undefined = it is the only one. */
  readonly number: number | undefined;
  readonly conversation: Conversation;
  readonly keyId: number | undefined;
  readonly onModel: (model: string | undefined) => void;
  readonly onProtocol: (protocol: ProtocolId) => void;
}

export function PlaygroundColumn(props: PlaygroundColumnProps) {
  const { number, conversation, keyId, onModel, onProtocol } = props;
  const t = useMessages('playground');
  const { model, protocol, protocols, exchanges, current, hasNoModel } = conversation;
  const all = current ? [...exchanges, current] : exchanges;
  const size = all.reduce((sum, { run }) => sum + run.text.length + run.reasoning.length + 1, 0);
  const scroll = useStickToEnd(size);
  // It scrolls, so it must take the focus.
  const log = {
    role: 'log',
    tabIndex: 0,
    'aria-live': 'off',
    'aria-label': t('conversation', { model: model ?? '' }),
  } as const;
  const label = number === undefined ? t('model') : t('modelOf', { column: number });
  return (
    <section className={styles.column} aria-label={label}>
      <div className={styles.columnHead}>
        <div className={styles.model}>
          <Suspense fallback={<Skeleton height={3.75} />}>
            {keyId === undefined ? (
              <Skeleton height={3.75} />
            ) : (
              <ModelPicker label={label} keyId={keyId} value={model} onChange={onModel} />
            )}
          </Suspense>
        </div>
        <Select
          label={number === undefined ? t('protocol') : `${t('protocol')} ${number}`}
          choices={(protocols.length > 0 ? protocols : protocolIds).map((id) => ({
            value: id,
            label: t(id),
          }))}
          value={protocol}
          onChange={(event) => onProtocol(event.target.value as ProtocolId)}
        />
      </div>
      <div {...log} {...scroll} className={styles.transcript}>
        {hasNoModel && (
          <Callout tone="warn" title={t('noModelsTitle')}>
            {t('noModelsText')}
          </Callout>
        )}
        {all.length === 0 && !hasNoModel && (
          <EmptyState icon={<MessagesSquare aria-hidden="true" />} title={t('emptyTitle')}>
            {t('emptyText')}
          </EmptyState>
        )}
        {all.map((exchange) => (
          <ExchangeView key={exchange.id} exchange={exchange} />
        ))}
      </div>
    </section>
  );
}
