/** Conversations with one or two models. */
import { Code, Columns2, Eraser, RectangleVertical } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { Composer } from './composer.tsx';
import type { PaneProps } from './pane-head.tsx';
import { PaneHead } from './pane-head.tsx';
import styles from './playground.module.css';
import { PlaygroundColumn } from './playground-column.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { useConversation } from './use-conversation.ts';

const CodeSheet = lazy(async () => ({ default: (await import('./code-sheet.tsx')).CodeSheet }));

export function Conversations(props: PaneProps) {
  const { search, keyId, change } = props;
  const t = useMessages('playground');
  const [isCodeOpen, setCodeOpen] = useState(false);
  const [system, setSystem] = useState('');
  const [draft, setDraft] = useState('');
  const settings = { ...search, keyId, system };
  const first = useConversation(settings, {
    model: search.model,
    protocol: search.protocol,
    position: 0,
  });
  const second = useConversation(settings, {
    model: search.model2,
    protocol: search.protocol2,
    position: 1,
  });
  const columns = search.compare ? [first, second] : [first];

  const isRunning = columns.some((column) => column.isRunning);
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <>
          <Button
            icon={<Eraser />}
            onClick={() => {
              first.clear();
              second.clear();
            }}
          >
            {t('clear')}
          </Button>
          <Button
            icon={search.compare ? <RectangleVertical /> : <Columns2 />}
            onClick={() => change({ compare: search.compare ? undefined : true })}
          >
            {t(search.compare ? 'compareEnd' : 'compare')}
          </Button>
          <Button icon={<Code />} onClick={() => setCodeOpen(true)} disabled={first.model === undefined}>
            {t('showCode')}
          </Button>
        </>
      }
    >
      <PaneHead {...props} />
      <div className={styles.layout}>
        <div className={styles.main}>
          <div className={styles.columns} data-columns={columns.length}>
            <PlaygroundColumn
              number={search.compare ? 1 : undefined}
              conversation={first}
              keyId={keyId}
              onModel={(model) => change({ model, protocol: undefined })}
              onProtocol={(protocol) => change({ protocol })}
            />
            {search.compare && (
              <PlaygroundColumn
                number={2}
                conversation={second}
                keyId={keyId}
                onModel={(model2) => change({ model2, protocol2: undefined })}
                onProtocol={(protocol2) => change({ protocol2 })}
              />
            )}
          </div>
          <Composer
            draft={draft}
            onDraft={setDraft}
            isRunning={isRunning}
            isReady={columns.every(({ model }) => model !== undefined)}
            onSend={() => {
              for (const column of columns) column.send(draft.trim());
              setDraft('');
            }}
            onStop={() => {
              for (const column of columns) column.stop();
            }}
          />
        </div>
        <SettingsPanel
          search={search}
          keyId={keyId}
          system={system}
          protocols={columns.map(({ protocol }) => protocol)}
          onChange={change}
          onSystem={setSystem}
        />
      </div>
      {isCodeOpen && (
        <Suspense>
          <CodeSheet
            columns={columns}
            draft={draft.trim() === '' ? t('hello') : draft.trim()}
            onClose={() => setCodeOpen(false)}
          />
        </Suspense>
      )}
    </Page>
  );
}
